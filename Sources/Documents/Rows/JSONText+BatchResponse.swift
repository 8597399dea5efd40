extension JSONText {
    /// Writes the row up to the members of the response's body.
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

    /// Continues an array whose earlier elements another value wrote: the text before the next element is dropped.
    mutating func goOnBehindElement() {
        null()
        _ = takeBytes()
    }
}
