struct GenerationRow: Decodable {
    struct Usage: Decodable {
        let promptTokens: Int
        let completionTokens: Int
    }

    let id: String
    let sample: Int
    let text: String
    let finishReason: String
    let usage: Usage
    let seed: UInt64
    let tokenIds: [Int]?
    let tokenLogprobs: [Float]?
}
