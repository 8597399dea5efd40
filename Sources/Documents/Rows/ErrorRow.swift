internal import Jobs

/// The row of a document that could not be processed: `{"id","source","code","message"}`.
public struct ErrorRow: OutputRow, Equatable {
    public var id: String
    public var sample: Int?
    /// The file, or `FILE:LINE`.
    public var source: String
    public var problem: InputProblem

    public init(id: String, sample: Int? = nil, source: String, problem: InputProblem) {
        self.id = id
        self.sample = sample
        self.source = source
        self.problem = problem
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.name(id, sample: sample)
        text.member("source", source)
        text.member("code", problem.code.rawValue)
        text.member("message", problem.message)
        text.endObject()
    }
}

extension DocumentHeader {
    /// The document's error row as a line. An OpenAI batch line gets a row in OpenAI's format.
    public func errorRow(_ problem: InputProblem) -> [UInt8] {
        batchID.map { BatchErrorRow(customID: id, batchID: $0, source: source, problem: problem).line }
            ?? ErrorRow(id: id, sample: sample, source: source, problem: problem).line
    }
}
