struct ScoreRow: Decodable {
    let id: String
    let nTokens: Int
    let nBytes: Int?
    let nScored: Int?
    let nScoredBytes: Int?
    let nll: Double
    let perplexity: Double?
    let bitsPerByte: Double?
    let tokenIds: [Int]?
    let tokenLogprobs: [Float?]?
    let isGreedy: [Bool?]?
}
