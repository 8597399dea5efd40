public import Jobs

/// What a step came to.
public enum StepOutcome: Sendable, Equatable {
    case output(StepOutput)
    /// The document cannot be done by anyone: it becomes an error row.
    case documentFailed(Failure)
}

/// Something that went wrong, in words for people and a code for programs.
public struct Failure: Sendable, Equatable, Codable, CustomStringConvertible {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
