import Checkpoints
import Inference
import Jobs
import Kernels
import ModelFiles
import Passes

/// Models and documents that the tests use.
enum Documents {
    private static let tests = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/.."
    static let demoNames = ["mamba-books-6m", "mamba2-books-6m"]

    static func demoDirectory(_ name: String) -> String { tests + "/../Jobs/models/" + name }

    /// The small checkpoints whose logits are known, in formats that a model directory may have.
    static let checkpointNames = [
        "mamba-hf", "mamba-hf-biases-untied", "mamba2-hf", "mamba2-hf-groups-sharded", "falcon-mamba-hf",
    ]

    static func checkpointDirectory(_ name: String) -> String { tests + "/MambaTests/Fixtures/checkpoints/" + name }

    static func fixture(_ name: String) -> String { tests + "/InferenceTests/Fixtures/" + name }

    static func demoModel(_ name: String) throws -> Model { try Model(directory: demoDirectory(name)) }

    /// A tensor of the reference values for a demo model.
    static func reference(_ name: String, _ tensor: String) throws -> [Float] {
        let file = try SafetensorsFile(path: tests + "/MambaTests/Fixtures/books/\(name).safetensors")
        return try file.tensor(tensor)!.elements.array
    }

    static func referenceTokens(_ name: String, _ tensor: String) throws -> [Int32] {
        try tokens(tests + "/MambaTests/Fixtures/books/\(name).safetensors", tensor)
    }

    /// A tensor of token ids.
    static func tokens(_ path: String, _ tensor: String) throws -> [Int32] {
        let bytes = try SafetensorsFile(path: path).bytes(of: tensor)!
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
        }
    }

    /// Sizes that no vector width divides, one of each family.
    static let tinyShapes: [ModelConfiguration] = [
        ModelConfiguration(
            family: "mamba", hiddenSize: 20,
            layers: Array(repeating: .mamba1(Mamba1Configuration(channels: 40, states: 16, stepRank: 3)), count: 2),
            vocabularySize: 61, paddedVocabularySize: 64),
        ModelConfiguration(
            family: "falcon_mamba", hiddenSize: 16,
            layers: Array(
                repeating: .mamba1(
                    Mamba1Configuration(channels: 33, states: 5, kernel: 3, stepRank: 2, mixerNormEpsilon: 1e-6)),
                count: 2), vocabularySize: 61, paddedVocabularySize: 61),
        ModelConfiguration(
            family: "mamba2", hiddenSize: 18,
            layers: Array(
                repeating: .mamba2(Mamba2Configuration(heads: 4, headChannels: 9, states: 11, groups: 2)), count: 2),
            vocabularySize: 50, paddedVocabularySize: 64),
    ]

    static func tinyModel(_ index: Int, endOfText: Set<Int32> = [], tokenBytes: (any TokenBytes)? = nil) throws -> Model
    {
        try Model(random: tinyShapes[index], seed: 11, endOfText: endOfText, tokenBytes: tokenBytes)
    }

    /// Tokens all over a vocabulary of 50.
    static func tokens(_ count: Int) -> [Int32] { (0..<count).map { Int32(($0 * 7 + $0 / 50) % 50) } }
}

/// A token's bytes, from a table.
struct TableOfBytes: TokenBytes {
    var table: [[UInt8]]
    var vocabularySize: Int { table.count }
    func bytes(of id: Int32) -> [UInt8]? { table.indices.contains(Int(id)) ? table[Int(id)] : nil }
}

/// All that a document gave, put together from its pieces.
struct WholeOutput: Equatable {
    var embeddings: [StepOutput.Embedding] = []
    var logProbabilities: [UInt32] = []
    var isLikeliest: [Bool] = []
    var top: TopTokens?
    var negativeLogLikelihood = 0.0
    var scoredTokens = 0

    mutating func add(_ output: StepOutput) {
        embeddings += output.embeddings
        logProbabilities += output.tokenLogProbabilities.map(\.bitPattern)
        isLikeliest += output.isLikeliest
        if let more = output.top {
            if top == nil { top = TopTokens(count: more.count) }
            top?.append(more)
        }
        negativeLogLikelihood = output.negativeLogLikelihood
        scoredTokens = output.scoredTokens
    }
}

extension DocumentPass {
    /// Reads a whole document in pieces.
    mutating func readAll(_ tokens: [Int32], pieces: Int, on lane: Lane) throws -> WholeOutput {
        var whole = WholeOutput()
        for start in stride(from: 0, to: tokens.count, by: pieces) {
            let end = min(start + pieces, tokens.count)
            whole.add(try read(Array(tokens[start..<end]), isLast: end == tokens.count, on: lane))
        }
        return whole
    }
}
