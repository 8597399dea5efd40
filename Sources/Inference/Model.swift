internal import Crypto
internal import FoundationEssentials
public import Kernels
public import Mamba

/// A model directory, opened: what every lane of a worker shares.
public final class Model: Sendable {
    public let directory: String
    /// `sha256:…` over names and contents of `config.json`, the files of weights and `tokenizer.json`, in this order.
    public let digest: String
    /// Ids that end a generation: `eos_token_id` of `generation_config.json`, else of `config.json`; may be empty.
    public let endOfText: Set<Int32>
    public let language: LanguageModel
    /// Bytes of tokens; `nil` if the model was opened without a tokenizer.
    public let tokenBytes: (any TokenBytes)?
    private let source: any TensorSource

    /// Opens a directory in Hugging Face's layout. Weights are mapped, not read, except for the digest.
    ///
    /// Loads OpenBLAS when it is the first: see `OpenBLAS.load`.
    ///
    /// - Parameter tokenBytes: bytes of tokens, which stop strings need and which tells padded rows of the head.
    /// - Throws: `ModelError` naming the file and what is wrong with it, or `OpenBLASError`.
    public init(directory: String, tokenBytes: (any TokenBytes)? = nil) throws {
        let arithmetic = try Arithmetic()
        self.directory = directory
        self.tokenBytes = tokenBytes
        let configurationFile = directory + "/config.json"
        let configuration = try ModelConfiguration(file: configurationFile)
        let checkpoint = try Checkpoint(directory: directory)
        source = checkpoint.source
        language = try LanguageModel(configuration: configuration, source: source, arithmetic: arithmetic)
        endOfText = try EndOfText.read(directory: directory)
        var files = [configurationFile] + checkpoint.files
        let tokenizer = directory + "/tokenizer.json"
        if (try? MappedFile(path: tokenizer)) != nil { files.append(tokenizer) }
        digest = try Self.digest(of: files)
    }

    /// A model of random weights, for benchmarks and tests.
    ///
    /// - Throws: `OpenBLASError` when OpenBLAS cannot be loaded.
    public init(
        random configuration: ModelConfiguration, seed: UInt64 = 1, endOfText: Set<Int32> = [],
        tokenBytes: (any TokenBytes)? = nil
    ) throws {
        directory = ""
        digest = "random:\(seed)"
        self.endOfText = endOfText
        self.tokenBytes = tokenBytes
        source = RandomWeights(seed: seed)
        language = try LanguageModel(configuration: configuration, source: source, arithmetic: try Arithmetic())
    }

    /// Ids that a document may hold, 0 up to this.
    public var vocabularySize: Int { language.configuration.paddedVocabularySize }

    /// Ids that are sampled, 0 up to this: no padding.
    public var sampledVocabularySize: Int {
        min(tokenBytes?.vocabularySize ?? .max, language.configuration.vocabularySize)
    }

    /// Width of hidden rows and embeddings.
    public var hiddenSize: Int { language.configuration.hiddenSize }

    /// Bytes that the recurrent state of one document takes.
    public var stateBytes: Int { language.emptyState().byteCount }

    /// What fixes the bits of the results on this machine.
    public var profile: ArithmeticProfile { language.arithmetic.profile }

    /// Reads every weight.
    ///
    /// - Throws: `ModelError.notFinite` that names the first tensor with an infinity or not-a-number.
    public func verify() throws(ModelError) {
        _ = try LanguageModel(
            configuration: language.configuration, source: source, arithmetic: language.arithmetic,
            finiteOnly: true)
    }

    private static func digest(of files: [String]) throws(ModelError) -> String {
        var hash = SHA256()
        for path in files {
            let file = try MappedFile(path: path)
            let name = path.split(separator: "/").last.map(String.init) ?? path
            hash.update(data: Array("\(name)\u{0}\(file.count)\u{0}".utf8))
            for start in stride(from: 0, to: file.count, by: 1 << 20) {
                hash.update(data: file.bytes(start..<min(start + 1 << 20, file.count)))
            }
        }
        return "sha256:" + hexadecimal(hash.finalize())
    }
}

/// `eos_token_id` of a model's files: an id, several, or none.
private enum EndOfText {
    private struct Keys: Decodable {
        var ids: [Int32]?

        private enum CodingKeys: String, CodingKey { case ids = "eos_token_id" }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let one = try? container.decodeIfPresent(Int32.self, forKey: .ids) {
                ids = [one]
            } else {
                ids = try container.decodeIfPresent([Int32].self, forKey: .ids)
            }
        }
    }

    static func read(directory: String) throws(ModelError) -> Set<Int32> {
        for name in ["generation_config.json", "config.json"] {
            let path = directory + "/" + name
            guard let file = try? MappedFile(path: path) else { continue }
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            do {
                let keys = try decoder.decode(Keys.self, from: Data(file.bytes(0..<file.count)))
                if let ids = keys.ids { return Set(ids) }
            } catch {
                throw ModelError.malformed(file: path, reason: "eos_token_id is no id and no list of ids")
            }
        }
        return []
    }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
}
