import Coordination
import CoordinatorClient

/// The exit statuses of the program, after `sysexits.h`.
enum ExitStatus {
    static let success: Int32 = 0
    static let failure: Int32 = 1
    /// The job is done and some documents have error rows.
    static let errorRows: Int32 = 2
    static let usage: Int32 = 64
    static let badData: Int32 = 65
    static let noInput: Int32 = 66
    static let noCoordinator: Int32 = 69
    static let cannotCreateOutput: Int32 = 73
    static let inputOutput: Int32 = 74
    static let tryAgain: Int32 = 75
    static let notAllowed: Int32 = 77
    static let badConfiguration: Int32 = 78
}

extension RefusalReason {
    /// The exit status of a command that was refused for this reason.
    var exitStatus: Int32 {
        switch self {
        case .failed: ExitStatus.failure
        case .badMessage: ExitStatus.usage
        case .badData: ExitStatus.badData
        case .noInput: ExitStatus.noInput
        case .cannotCreateOutput: ExitStatus.cannotCreateOutput
        case .inputOutput: ExitStatus.inputOutput
        case .tryAgain: ExitStatus.tryAgain
        case .notAllowed: ExitStatus.notAllowed
        case .badConfiguration: ExitStatus.badConfiguration
        }
    }
}

extension CoordinatorClient.Failure {
    /// The exit status of a command whose question was not answered.
    var exitStatus: Int32 { reason?.exitStatus ?? ExitStatus.noCoordinator }
}
