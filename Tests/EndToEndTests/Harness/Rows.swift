/// Rows as they stand in the output, with its keys in camel case.
struct EmbeddingRow: Decodable {
    let id: String
    let embedding: [Float]
    let nTokens: Int
    let nBytes: Int?
}

struct WindowRow: Decodable {
    let id: String
    let window: Int
    let tokenStart: Int
    let tokenEnd: Int
    let byteStart: Int?
    let byteEnd: Int?
    let embedding: [Float]
}

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

struct ErrorRow: Decodable {
    let id: String
    let source: String
    let code: String
    let message: String
}

/// What the tests look at in a manifest.
struct Manifest: Decodable {
    struct Input: Decodable {
        let path: String
        let bytes: Int
        let sha256: String
    }

    struct Profile: Decodable {
        let profile: String
        let documents: Int
    }

    struct Counts: Decodable {
        let documents: Int
        let errors: Int
        let tokens: Int
        let outputBytes: Int
    }

    struct PassedOver: Decodable {
        let files: Int
    }

    let version: String
    let jobId: String
    let state: String
    let modelDigest: String
    let dtype: String
    let inputs: [Input]
    let profiles: [Profile]
    let counts: Counts
    let passedOver: PassedOver?
}
