import Checkpoints
package import Coordination
import Documents
import Jobs
import Ledger
import Tokenization

/// The reason why a job is refused or cannot go on, in words and as a class.
package struct JobRefusal: Error {
    package let refused: CoordinatorMessage.Refused

    package init(_ failure: Failure, reason: RefusalReason) {
        refused = .init(failure: failure, reason: reason)
    }

    package init(_ refused: CoordinatorMessage.Refused) {
        self.refused = refused
    }

    /// A refusal for any other error, with the fitting reason.
    package init(_ error: any Error) {
        switch error {
        case let error as JobRefusal:
            self = error
        case let error as InputError:
            self.init(
                .init(code: "no_input", message: "\(error)"),
                reason: error.isOfEnvironment ? .tryAgain : .noInput)
        case let error as InputProblem:
            self.init(.init(code: error.code.rawValue, message: error.message), reason: .noInput)
        case let error as FileError:
            self.init(
                .init(code: "output", message: "\(error)\(Self.advice(on: error))"),
                reason: error.meansCannotCreate ? .cannotCreateOutput : .inputOutput)
        case let error as LedgerError:
            self.init(.init(code: "ledger", message: "\(error)"), reason: Self.reason(of: error))
        case let error as ModelError:
            self.init(.init(code: "model", message: "\(error)"), reason: Self.reason(of: error))
        case let error as TokenizerError:
            self.init(
                .init(code: "model", message: "\(error)"),
                reason: error.code == .unreadable ? .noInput : .badData)
        default:
            self.init(.init(code: "failed", message: "\(error)"), reason: .failed)
        }
    }

    private static func advice(on error: FileError) -> String {
        switch error.reason {
        case .system: ""
        case .shorter, .resized, .altered, .replaced: "; restore it, or remove it and start anew with --again"
        }
    }

    private static func reason(of error: LedgerError) -> RefusalReason {
        switch error {
        case .inUse: .tryAgain
        case .otherJob, .foreign: .cannotCreateOutput
        case .inputsChanged, .modelChanged: .badData
        case .database: .inputOutput
        case .staleLease: .failed
        }
    }

    private static func reason(of error: ModelError) -> RefusalReason {
        switch error {
        case .unreadable, .noModel: .noInput
        case .shortage: .tryAgain
        case .malformed, .missingKey, .unsupported, .missingTensor, .leftOverTensors, .misshapenTensor,
            .unsupportedType, .notFinite, .unequalTensors, .noHead:
            .badData
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
