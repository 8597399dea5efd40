/// An invalid option of a task.
public struct OptionProblem: Error, Sendable, Equatable {
    /// The option's key in the task's section of a job file.
    public var key: String
    /// The problem, in words that follow the key and a colon.
    public var message: String

    public init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }
}
