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
    ///   - post: takes the lines of its standard error, and its end. Called on threads of the system's.
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
        process.standardOutput = Self.lines(output)
        process.standardError = Self.lines { post(.line($0)) }
        process.terminationHandler = { process in
            let signal = process.terminationReason == .uncaughtSignal ? Int32(128) : 0
            post(.ended(signal + process.terminationStatus))
        }
        try process.run()
        self.process = Mutex(process)
    }

    /// Asks the child to end (SIGTERM).
    func terminate() {
        process.withLock { if $0.isRunning { $0.terminate() } }
    }

    private static func lines(_ handler: @escaping @Sendable (String) -> Void) -> Pipe {
        let pipe = Pipe()
        let rest = Mutex<[UInt8]>([])
        pipe.fileHandleForReading.readabilityHandler = { file in
            let data = file.availableData
            if data.isEmpty { file.readabilityHandler = nil }
            let complete = rest.withLock { rest in
                rest += data
                let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                rest = Array(lines.last ?? [])
                return lines.dropLast().map { String(decoding: $0, as: UTF8.self) }
            }
            for line in complete { handler(line) }
        }
        return pipe
    }
}
