/// A document that could not be processed: `{"id","source","code","message"}`.
public struct ErrorRow: OutputRow, Equatable {
    public var id: String
    /// File, or `FILE:LINE`.
    public var source: String
    public var problem: InputProblem

    public init(id: String, source: String, problem: InputProblem) {
        self.id = id
        self.source = source
        self.problem = problem
    }

    public init(_ header: DocumentHeader, _ problem: InputProblem) {
        self.init(id: header.id, source: header.source, problem: problem)
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", id)
        text.member("source", source)
        text.member("code", problem.code.rawValue)
        text.member("message", problem.message)
        text.endObject()
    }
}
