internal import Jobs

extension JSONText {
    mutating func embedding(_ values: [Float], _ encoding: EmbedOptions.Encoding) {
        key("embedding")
        switch encoding {
        case .float:
            beginArray()
            numbers(values)
            endArray()
        case .base64:
            base64(values)
        }
    }
}
