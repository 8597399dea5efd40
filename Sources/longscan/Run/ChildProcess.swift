import Foundation
import Synchronization
import ZeroMQ

/// A daemon of this program as a child process, which ends when this process does, however that comes about: its
/// standard input is a pipe that closes then.
final class ChildProcess: Sendable {
    enum Event: Sendable {
        case line(String)
        /// With the exit status, or 128 and the signal's number.
        case ended(Int32)
    }

    let name: String
    private let process: Mutex<Process>
    private let lifeline = Pipe()

    /// - Parameters:
    ///   - arguments: of `longscan`.
    ///   - output: takes the lines that the child writes to standard output.
    ///   - post: takes the lines of its standard error, then its end. Called on threads of the system's.
    /// - Throws: what the system says when the child cannot be started.
    init(
        _ name: String, arguments: [String], output: @escaping @Sendable (String) -> Void = { _ in },
        post: @escaping @Sendable (Event) -> Void
    ) throws {
        self.name = name
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments + ["--exit-with-parent"]
        process.standardInput = lifeline
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        let ending = Mutex(Ending())
        process.terminationHandler = { process in
            let signal = process.terminationReason == .uncaughtSignal ? Int32(128) : 0
            let status = signal + process.terminationStatus
            if let end = ending.withLock({ $0.ended(status) }) { post(.ended(end)) }
        }
        try process.run()
        self.process = Mutex(process)
        Self.readLines(outputPipe, output) {}
        Self.readLines(errorPipe, { post(.line($0)) }) {
            if let end = ending.withLock({ $0.closed() }) { post(.ended(end)) }
        }
    }

    /// The system's number of the process.
    var identifier: Int32 { process.withLock(\.processIdentifier) }

    /// Asks the child to end (SIGTERM).
    func terminate() {
        process.withLock { if $0.isRunning { $0.terminate() } }
    }

    /// Ends the child at once (SIGKILL), for those who want to see what comes of it.
    func kill() {
        process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, SIGKILL) } }
    }

    /// The last thing that is told of a child: its end, after the last line that it wrote.
    private struct Ending {
        private var status: Int32?
        private var isClosed = false

        mutating func ended(_ status: Int32) -> Int32? {
            self.status = status
            return isClosed ? status : nil
        }

        mutating func closed() -> Int32? {
            isClosed = true
            return status
        }
    }

    /// Reads a pipe on a thread of its own: the handlers of `FileHandle` are not always told of a pipe's end.
    private static func readLines(
        _ pipe: Pipe, _ handler: @escaping @Sendable (String) -> Void, atEnd: @escaping @Sendable () -> Void
    ) {
        let file = pipe.fileHandleForReading
        Thread.detachNewThread {
            var rest: [UInt8] = []
            while case let data = file.availableData, !data.isEmpty {
                rest += data
                let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                for line in lines.dropLast() { handler(String(decoding: line, as: UTF8.self)) }
                rest = Array(lines.last ?? [])
            }
            if !rest.isEmpty { handler(String(decoding: rest, as: UTF8.self)) }
            atEnd()
        }
    }
}
