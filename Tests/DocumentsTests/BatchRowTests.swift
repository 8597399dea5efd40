import Documents
import Jobs
import Testing

@Suite struct BatchRowTests {
    private func line(_ row: some OutputRow) -> String { String(decoding: row.line, as: UTF8.self) }

    @Test func embedding() {
        let row = BatchRow(
            customID: "r-1", ordinal: 7, model: "m", promptTokens: 4, created: 1,
            body: .embedding([0.5, -1], .float))
        #expect(
            line(row) == #"{"id":"batch_req_7","custom_id":"r-1","response":{"status_code":200,"request_id":"req_7","#
                + #""body":{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.0]}],"#
                + #""model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}},"error":null}"# + "\n")
    }

    @Test func completion() {
        let row = BatchRow(
            customID: "r-2", ordinal: 8, model: "m", promptTokens: 4, created: 1_700_000_000,
            body: .completion([
                .init(text: "é b", finishReason: .stop, completionTokens: 2),
                .init(
                    text: "é b", finishReason: .length, completionTokens: 2,
                    logprobs: [.init(text: "é", logprob: -0.5), .init(text: " b", logprob: -2)]),
            ]))
        #expect(
            line(row) == #"{"id":"batch_req_8","custom_id":"r-2","response":{"status_code":200,"request_id":"req_8","#
                + #""body":{"id":"cmpl-8","object":"text_completion","created":1700000000,"model":"m","choices":["#
                + #"{"text":"é b","index":0,"logprobs":null,"finish_reason":"stop"},"#
                + #"{"text":"é b","index":1,"logprobs":{"tokens":["é"," b"],"token_logprobs":[-0.5,-2.0],"#
                + #""top_logprobs":null,"text_offset":[0,1]},"finish_reason":"length"}],"#
                + #""usage":{"prompt_tokens":4,"completion_tokens":4,"total_tokens":8}}},"error":null}"# + "\n")
    }

    @Test func error() {
        let row = BatchErrorRow(
            customID: "r-3", ordinal: 9, problem: InputProblem(.emptyDocument, "no tokens"))
        #expect(
            line(row) == #"{"id":"batch_req_9","custom_id":"r-3","response":null,"#
                + #""error":{"code":"empty_document","message":"no tokens"}}"# + "\n")
    }
}
