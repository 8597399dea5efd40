import Foundation
import Glibc
import Synchronization
import Threads

/// A daemon of this program as a child process. It ends when this process ends, in whatever way: its standard input is
/// a pipe that closes then.
///
/// The child has a process group of its own: ctrl-C in a terminal reaches only this process, which tells its children.
final class ChildProcess: Sendable {
    enum Event: Sendable {
        case line(String)
        /// The child has ended, with the exit status, or 128 and the signal's number.
        case ended(Int32)
    }

    let name: String
    /// The process id.
    let identifier: Int32
    /// Whether the process exists and still has its id. Signals are sent under the lock.
    private let isThere = Mutex(true)
    /// This end of the child's standard input.
    private let lifeline: OwnedDescriptor

    /// - Parameters:
    ///   - arguments: the arguments of `longscan`.
    ///   - output: a function that takes the lines of the child's standard output.
    ///   - post: a function that takes the lines of its standard error, then its end. It is called on threads of this
    ///     object.
    /// - Throws: `ThreadError` or `SystemCallError` if the system has no resources for the child or for a thread.
    init(
        _ name: String, arguments: [String], output: @escaping @Sendable (String) -> Void = { _ in },
        post: @escaping @Sendable (Event) -> Void
    ) throws {
        self.name = name
        let (input, outputs, errors) = (try OwnedPipe(), try OwnedPipe(), try OwnedPipe())
        lifeline = input.writing
        let lastWords = try Self.readLines(errors.reading) { post(.line($0)) }
        _ = try Self.readLines(outputs.reading, output)
        identifier = try Self.spawn(
            arguments + ["--exit-with-parent"], input: input.reading, output: outputs.writing, errors: errors.writing)
        do {
            _ = try OSThread(name: "child", stackSize: OSThread.smallStack) { [self] in
                let status = awaitEnd()
                // The child's end is reported last, after its last line.
                lastWords.join()
                post(.ended(status))
            }
        } catch {
            kill()
            _ = awaitEnd()
            throw error
        }
    }

    /// Asks the child to end (SIGTERM).
    func terminate() {
        send(SIGTERM)
    }

    /// Ends the child at once (SIGKILL), for tests of crashes.
    func kill() {
        send(SIGKILL)
    }

    private func send(_ signal: Int32) {
        isThere.withLock { if $0 { _ = Glibc.kill(identifier, signal) } }
    }

    /// - Returns: the exit status, or 128 and the signal's number.
    private func awaitEnd() -> Int32 {
        var information = unsafe siginfo_t()
        // The process keeps its id until it is collected, so no signal can reach another process.
        while unsafe waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return isThere.withLock { isThere in
            isThere = false
            var status: Int32 = 0
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            // wait(2): the low seven bits are the signal's number, or 0 after an exit with the status above them.
            return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        }
    }

    /// Starts this program again (posix_spawn(3)).
    /// - Returns: the process id.
    /// - Throws: an error if the system has no resources for the child.
    private static func spawn(
        _ arguments: [String], input: OwnedDescriptor, output: OwnedDescriptor, errors: OwnedDescriptor
    ) throws(SystemCallError) -> Int32 {
        let itself = "/proc/self/exe"
        // The file of a running program may have been replaced: then it has no path.
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: itself)) ?? itself
        let program = FileManager.default.isExecutableFile(atPath: path) ? path : itself
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in [input, output, errors].enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, stream.number, Int32(number))
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var identifier: Int32 = 0
        let argumentTexts = unsafe ([path] + arguments).map { unsafe strdup($0) }
        let environmentTexts = unsafe environment.map { unsafe strdup($0) }
        defer { unsafe (argumentTexts + environmentTexts).forEach { unsafe free($0) } }
        let code = unsafe posix_spawn(
            &identifier, program, &actions, &attributes, argumentTexts + [nil], environmentTexts + [nil])
        guard code == 0 else { throw SystemCallError("start \(program)", code: code) }
        return identifier
    }

    private static func readLines(
        _ descriptor: OwnedDescriptor, _ handler: @escaping @Sendable (String) -> Void
    ) throws(ThreadError) -> OSThread {
        try OSThread(name: "child's lines", stackSize: OSThread.smallStack) {
            var rest: [UInt8] = []
            while case let data = descriptor.bytes(), !data.isEmpty {
                rest += data
                let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                for line in lines.dropLast() { handler(String(decoding: line, as: UTF8.self)) }
                rest = Array(lines.last ?? [])
            }
            if !rest.isEmpty { handler(String(decoding: rest, as: UTF8.self)) }
        }
    }
}
