public import Jobs

/// The reason why a document cannot be processed: code and message of its error row.
public struct InputProblem: Error, Sendable, Equatable {
    public typealias Code = ProblemCode

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
