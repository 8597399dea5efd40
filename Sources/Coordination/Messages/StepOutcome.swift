public import Jobs

/// The outcome of a step.
public enum StepOutcome: Sendable, Equatable {
    case output(StepOutput)
    /// No worker can do the document: it becomes an error row.
    case documentFailed(Failure)
}

/// A failure, with a message for people and a code for programs.
public struct Failure: Sendable, Equatable, Codable, CustomStringConvertible {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
