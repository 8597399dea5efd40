/// What a command line program ends with, after `sysexits.h`.
public enum ExitStatus {
    public static let success: Int32 = 0
    public static let failure: Int32 = 1
    /// The job is done and some documents have error rows.
    public static let errorRows: Int32 = 2
    public static let usage: Int32 = 64
    public static let badData: Int32 = 65
    public static let noInput: Int32 = 66
    public static let noCoordinator: Int32 = 69
    public static let cannotCreateOutput: Int32 = 73
    public static let inputOutput: Int32 = 74
    public static let tryAgain: Int32 = 75
    public static let notAllowed: Int32 = 77
    public static let badConfiguration: Int32 = 78
}
