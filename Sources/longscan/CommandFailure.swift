import Coordination
import CoordinatorDaemon
import Documents
import JobFile
import Kernels
import ZeroMQ

/// Why a command ends, in one line for people, and with which exit status.
struct CommandFailure: Error {
    var message: String
    var exitStatus: Int32

    init(_ message: String, _ exitStatus: Int32) {
        self.message = message
        self.exitStatus = exitStatus
    }

    init(_ refused: CoordinatorMessage.Refused) {
        self.init(refused.failure.message, refused.exitStatus)
    }

    /// An error of the modules below, with the exit status that belongs to its kind.
    init(_ error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as JobFileError:
            self.init("\(error)", error.kind == .missing ? ExitStatus.noInput : ExitStatus.badData)
        case let error as InputProblem: self.init(error.message, ExitStatus.noInput)
        case let error as CoordinatorClient.Failure: self.init("\(error)", error.exitStatus)
        case let error as ArithmeticError: self.init("\(error)", ExitStatus.badConfiguration)
        case let error as ZeroMQError where error.code == .hostUnreachable:
            self.init("\(error)", ExitStatus.noCoordinator)
        case let error as ZeroMQError:
            let isShortage = SystemCallError.meansShortage(error.code.rawValue)
            self.init("\(error)", isShortage ? ExitStatus.tryAgain : ExitStatus.badConfiguration)
        case let error as SystemCallError: self.init("\(error)", error.exitStatus)
        default: self.init(JobRefusal(error).refused)
        }
    }

    /// Runs a command's body; whatever it throws becomes a failure with its exit status.
    static func catching(_ body: () throws -> Void) throws(CommandFailure) {
        do {
            try body()
        } catch {
            throw CommandFailure(error)
        }
    }
}
