package import Coordination
import Documents
import Inference
import Ledger
import Mamba
import Tokenization
import ZeroMQ

/// Why a job is not taken, or cannot go on: in words, and with the exit status that a command ends with.
package struct JobRefusal: Error {
    package let refused: CoordinatorMessage.Refused

    init(_ failure: Failure, exitStatus: Int32) {
        refused = .init(failure: failure, exitStatus: exitStatus)
    }

    init(_ refused: CoordinatorMessage.Refused) {
        self.refused = refused
    }

    /// An error from below, with its exit status.
    package init(_ error: any Error) {
        switch error {
        case let error as JobRefusal:
            self = error
        case let error as InputError:
            self.init(
                .init(code: "no_input", message: "\(error)"),
                exitStatus: error.isOfEnvironment ? ExitStatus.tryAgain : ExitStatus.noInput)
        case let error as InputProblem:
            self.init(.init(code: error.code.rawValue, message: error.message), exitStatus: ExitStatus.noInput)
        case let error as FileError:
            self.init(
                .init(code: "output", message: "\(error)\(Self.advice(on: error))"),
                exitStatus: error.meansCannotCreate ? ExitStatus.cannotCreateOutput : ExitStatus.inputOutput)
        case let error as LedgerError:
            self.init(.init(code: "ledger", message: "\(error)"), exitStatus: Self.exitStatus(of: error))
        case let error as ModelError:
            self.init(.init(code: "model", message: "\(error)"), exitStatus: Self.exitStatus(of: error))
        case let error as TokenizerError:
            self.init(
                .init(code: "model", message: "\(error)"),
                exitStatus: error.code == .unreadable ? ExitStatus.noInput : ExitStatus.badData)
        default:
            self.init(.init(code: "failed", message: "\(error)"), exitStatus: ExitStatus.failure)
        }
    }

    private static func advice(on error: FileError) -> String {
        switch error.reason {
        case .system: ""
        case .shorter, .resized, .altered, .replaced: "; restore it, or remove it and start anew with --again"
        }
    }

    private static func exitStatus(of error: LedgerError) -> Int32 {
        switch error {
        case .inUse: ExitStatus.tryAgain
        case .otherJob, .foreign: ExitStatus.cannotCreateOutput
        case .inputsChanged, .modelChanged: ExitStatus.badData
        case .database: ExitStatus.inputOutput
        case .staleLease: ExitStatus.failure
        }
    }

    private static func exitStatus(of error: ModelError) -> Int32 {
        switch error {
        case .unreadable, .noModel: ExitStatus.noInput
        case .shortage: ExitStatus.tryAgain
        case .malformed, .missingKey, .unsupported, .missingTensor, .leftOverTensors, .misshapenTensor,
            .unsupportedType, .notFinite, .unequalTensors, .noHead:
            ExitStatus.badData
        }
    }

    static func naming<Result>(_ body: () throws -> Result) throws(JobRefusal) -> Result {
        do {
            return try body()
        } catch {
            throw JobRefusal(error)
        }
    }
}
