/// A row as it stands in the output, with its keys in camel case; so are the others.
struct EmbeddingRow: Decodable {
    let id: String
    let embedding: [Float]
    let nTokens: Int
    let nBytes: Int?
}
