import Foundation
import Glibc
import TestSupport

/// How a process ended.
struct Ended {
    /// The exit status, or 128 and the signal's number.
    let status: Int32
    let output: String
    let errors: String
}

/// A child process whose output can be waited for. It is killed when the test lets go of it.
///
/// Not Foundation's: that one takes a process for running as long as any other that was started beside it does, for on
/// Linux it waits for a socket to close that they all inherit.
final class RunningProcess {
    let output: LineLog
    let errors: LineLog
    let id: pid_t
    private let name: String
    private let status: Guarded<Int32?>

    /// - Parameter input: what the process reads; its standard input is at its end after it.
    init(_ executable: String, _ arguments: [String], in directory: String = "/", input: [UInt8] = []) throws {
        name = ([executable] + arguments).joined(separator: " ")
        // A child may end before it has read all: that is its affair, and must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        let (inputPipe, outputPipe, errorPipe) = (try ClosedPipe(), try ClosedPipe(), try ClosedPipe())
        let id = try Self.spawn(
            [executable] + arguments, in: directory,
            [inputPipe.reading, outputPipe.writing, errorPipe.writing].map(\.fileDescriptor))
        self.id = id
        for end in [inputPipe.reading, outputPipe.writing, errorPipe.writing] { try end.close() }
        output = LineLog(name + ": standard output", reading: outputPipe.reading)
        errors = LineLog(name + ": standard error", reading: errorPipe.reading)
        let status = Guarded<Int32?>(nil)
        self.status = status
        Thread.detachNewThread {
            var value: Int32 = 0
            while unsafe waitpid(id, &value, 0) < 0, errno == EINTR {}
            // wait(2): the low seven bits are the signal's number, or 0 after an exit with the status above them.
            status.change { [value] in $0 = value & 0x7F == 0 ? value >> 8 & 0xFF : 128 + value & 0x7F }
        }
        try? inputPipe.writing.write(contentsOf: Data(input))
        try inputPipe.writing.close()
    }

    deinit {
        if status.now == nil { kill(id, SIGKILL) }
    }

    /// Starts a process (posix_spawn(3)).
    /// - Parameter streams: its standard input, output and error.
    private static func spawn(
        _ command: [String], in directory: String, _ streams: [Int32]
    ) throws -> pid_t {
        // The settings of whoever runs the tests are not the tests'.
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LONGSCAN_") }
        let env = "/usr/bin/env"
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        let arguments = unsafe ([env, "-C", directory] + command).map { unsafe strdup($0) }
        let variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") }
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        var id: pid_t = 0
        let code = ClosedPipe.starting.withLock {
            unsafe posix_spawn(&id, env, &actions, nil, arguments + [nil], variables + [nil])
        }
        guard code == 0 else { throw Failure("cannot start \(command[0]): \(unsafe String(cString: strerror(code)))") }
        return id
    }

    func send(_ signal: Int32) {
        kill(id, signal)
    }

    /// Waits for the end of the process and of everything that it wrote.
    @discardableResult
    func ended() throws -> Ended {
        // Else the wait could outlive the process, which ends with this object.
        defer { withExtendedLifetime(self) {} }
        guard case .some(.some(let status)) = status.wait(LineLog.patience, until: { $0 != nil }) else {
            throw Failure("\(name) is still running after \(LineLog.patience) seconds:\n\(errors.text)")
        }
        try output.waitForEnd()
        try errors.waitForEnd()
        return Ended(status: status, output: output.text, errors: errors.text)
    }

    /// Processes of a command of the program that this one has started and that run.
    func children(named command: String) -> [pid_t] {
        children().filter { child in
            let text = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
            return text.split(separator: "\0").dropFirst().first.map(String.init) == command
        }
    }

    /// Processes that this one has started and that run.
    func children() -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { child in
            // proc_pid_stat(5): "pid (comm) state ppid …"; the name may hold anything.
            let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && fields[0] != "Z" && fields[1] == "\(id)"
        }
    }
}
