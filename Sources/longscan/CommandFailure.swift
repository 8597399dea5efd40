import Coordination
import CoordinatorClient
import Documents
import JobFile
import JobRuns
import Jobs
import Kernels
import Ledger
import Threads
import ZeroMQ

/// The failure of a command: one line for people, and the exit status.
struct CommandFailure: Error {
    var message: String
    var exitStatus: Int32

    init(_ message: String, _ exitStatus: Int32) {
        self.message = message
        self.exitStatus = exitStatus
    }

    init(_ refused: CoordinatorMessage.Refused) {
        self.init(refused.failure.message, refused.reason.exitStatus)
    }

    /// A failure for an error of any module, with the fitting exit status.
    init(_ error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as JobFileError:
            self.init("\(error)", error.kind == .missing ? ExitStatus.noInput : ExitStatus.badData)
        case LedgerError.inUse(let path, let process) where path.hasSuffix("/coordinator.sqlite"):
            let holder = process.map { "process \($0)" } ?? "another coordinator"
            self.init(
                "the state directory of \(path) is in use by \(holder) and serves one coordinator: stop that one, "
                    + "or name another directory with --state-dir",
                ExitStatus.tryAgain)
        case let error as InputError:
            self.init(JobRefusal(error).refused)
            message += error.advice
        case let error as InputProblem: self.init(error.message, ExitStatus.noInput)
        case let error as CoordinatorClient.Failure:
            let advice = if case .handshakeFailed = error { "; --key and --coordinator-key name them" } else { "" }
            self.init("\(error)\(advice)", error.exitStatus)
        case let error as ArithmeticError: self.init("\(error)", ExitStatus.badConfiguration)
        case let error as ZeroMQError where error.code == .hostUnreachable:
            self.init("\(error)", ExitStatus.noCoordinator)
        case let error as ZeroMQError:
            let isShortage = SystemCallError.meansShortage(error.code.rawValue)
            let isTaken = error.operation == .bind && error.code == .addressInUse
            let advice =
                isTaken
                ? "; another program listens there, perhaps another coordinator ('ss -ltnp' tells): stop it, or choose "
                    + "another port" : ""
            self.init("\(error)\(advice)", isShortage ? ExitStatus.tryAgain : ExitStatus.badConfiguration)
        case let error as ThreadError:
            let isShortage = SystemCallError.meansShortage(error.code)
            self.init("\(error)", isShortage ? ExitStatus.tryAgain : ExitStatus.badConfiguration)
        case let error as SystemCallError: self.init("\(error)", error.exitStatus)
        default: self.init(JobRefusal(error).refused)
        }
    }

    /// Calls a command's body and turns every error into a failure.
    static func catching(_ body: () throws -> Void) throws(CommandFailure) {
        do {
            try body()
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension InputError {
    /// The advice about an input that does not exist.
    fileprivate var advice: String {
        switch self {
        case .missing(_, let path): Spelling.advice(onMissing: path)
        case .nothingMatches(_, let path, _):
            "; correct the pattern, or the directory that it begins in" + Spelling.advice(onMissing: path)
        case .strayPattern: "; '.' and '..' cannot stand behind a wildcard"
        case .noInputBelow, .unknownKind, .unreadable, .tooManyNames, .environment: ""
        }
    }
}
