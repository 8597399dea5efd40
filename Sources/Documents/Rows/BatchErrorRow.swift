internal import Jobs

/// The error row of an OpenAI batch line, in the format of OpenAI's answers with status 400:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error","source"}` with the body
/// `{"error":{"message","type","param","code"}}`.
public struct BatchErrorRow: OutputRow, Equatable {
    public var customID: String
    /// The name of the batch line (`DocumentHeader.batchID`).
    public var batchID: String
    /// The source `FILE:LINE`. OpenAI's rows have no such member; clients ignore it.
    public var source: String
    public var problem: InputProblem

    public init(customID: String, batchID: String, source: String, problem: InputProblem) {
        self.customID = customID
        self.batchID = batchID
        self.source = source
        self.problem = problem
    }

    public func write(to text: inout JSONText) {
        let isOfServer = problem.code.isOfServer
        text.beginBatchResponse(customID: customID, batchID: batchID, status: isOfServer ? 500 : 400)
        text.key("error")
        text.beginObject()
        text.member("message", problem.message)
        text.member("type", isOfServer ? "server_error" : "invalid_request_error")
        text.key("param")
        text.null()
        text.member("code", problem.code.rawValue)
        text.endObject()
        text.endObject()
        text.endObject()
        text.key("error")
        text.null()
        text.member("source", source)
        text.endObject()
    }
}
