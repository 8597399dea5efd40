import Foundation

/// How a process ended.
struct Ended {
    /// The exit status, or 128 and the signal's number.
    let status: Int32
    let output: String
    let errors: String
}

/// A child process whose output can be waited for. It is killed when the test lets go of it.
final class RunningProcess {
    let output: LineLog
    let errors: LineLog
    private let name: String
    private let process = Process()
    private let status = Guarded<Int32?>(nil)

    /// - Parameter input: what the process reads; its standard input is at its end after it.
    init(_ executable: String, _ arguments: [String], in directory: String = "/", input: [UInt8] = []) throws {
        name = ([executable] + arguments).joined(separator: " ")
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        // The settings of whoever runs the tests are not the tests'.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LONGSCAN_") }
        let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        output = LineLog(name + ": standard output", reading: outputPipe.fileHandleForReading)
        errors = LineLog(name + ": standard error", reading: errorPipe.fileHandleForReading)
        let status = status
        process.terminationHandler = { process in
            let signal = process.terminationReason == .uncaughtSignal ? Int32(128) : 0
            status.change { $0 = signal + process.terminationStatus }
        }
        // A child may end before it has read all: that is its affair, and must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        try process.run()
        try? inputPipe.fileHandleForWriting.write(contentsOf: Data(input))
        try inputPipe.fileHandleForWriting.close()
    }

    deinit {
        if process.isRunning { kill(id, SIGKILL) }
    }

    var id: pid_t { process.processIdentifier }

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
