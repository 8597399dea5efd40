extension JSONText {
    /// Up to the members of the response's body.
    mutating func beginBatchResponse(customID: String, batchID: String, status: Int = 200) {
        beginObject()
        member("id", "batch_req_" + batchID)
        member("custom_id", customID)
        key("response")
        beginObject()
        member("status_code", status)
        member("request_id", "req_" + batchID)
        key("body")
        beginObject()
    }

    mutating func endBatchResponse() {
        endObject()
        endObject()
        key("error")
        null()
        endObject()
    }

    /// Goes on in an array where another value wrote the elements so far: forgets what comes before the next one.
    mutating func goOnBehindElement() {
        null()
        _ = takeBytes()
    }
}
