internal import Bytes
public import Checkpoints
internal import Crypto
internal import FoundationEssentials
public import Jobs
public import Tokenization

/// The opened files of a model directory, as Hugging Face or state-spaces publish them.
public struct ModelFiles: Sendable {
    public let directory: String
    public let configuration: ModelConfiguration
    public let checkpoint: Checkpoint
    /// The tokenizer; `nil` if the directory has no `tokenizer.json`, so that documents are token ids, or if only the
    /// bytes of tokens are read.
    public let tokenizer: Tokenizer?
    /// The bytes of the tokenizer's tokens; `nil` if the directory has no `tokenizer.json`.
    public let tokenBytes: (any TokenBytes)?
    /// The end-of-text tokens: `eos_token_id` of `generation_config.json`, else of `config.json`. May be empty.
    public let endOfText: Set<Int32>
    /// The digest `sha256:…` over names and contents of `config.json`, the weight files and `tokenizer.json`, in this
    /// order.
    public let digest: String

    /// Opens the files. Reads all of them once for the digest, unless it is remembered.
    ///
    /// - Parameters:
    ///   - readsTokenizer: whether to parse the tokenizer now. `false` suits a peer whose digest equals that of one
    ///     that has parsed it: the file is then parsed when bytes of tokens are needed, which many tasks never do.
    ///   - checksWeights: whether to check every tensor's presence, shape and numbers. The bytes are in memory for the
    ///     digest then, and no job begins with a model that can only give errors.
    ///   - digests: the digests of models opened before, with their weights checked.
    /// - Throws: `ModelError` or `TokenizerError`, naming the file and what is wrong with it.
    public init(
        directory: String, readsTokenizer: Bool = true, checksWeights: Bool = true, digests: DigestCache = .ofUser
    ) throws {
        self.directory = directory
        let configurationFile = directory + "/config.json"
        guard FileManager.default.fileExists(atPath: configurationFile) else {
            let isThere = FileManager.default.fileExists(atPath: directory)
            throw ModelError.noModel(
                directory: directory,
                reason: isThere
                    ? "it has no config.json; a model's directory has config.json, its weights and tokenizer.json"
                    : "there is no such directory; copy the model there, or correct the path")
        }
        configuration = try ModelConfiguration(file: configurationFile)
        checkpoint = try Checkpoint(directory: directory)
        endOfText = try EndOfText.read(directory: directory)
        var files = [configurationFile] + checkpoint.files
        let tokenizerFile = directory + "/tokenizer.json"
        if FileManager.default.fileExists(atPath: tokenizerFile) {
            files.append(tokenizerFile)
            if let problem = ForeignFile.problem(of: try MappedFile(path: tokenizerFile)) {
                throw ModelError.malformed(file: tokenizerFile, reason: problem)
            }
            tokenizer = readsTokenizer ? try Tokenizer(contentsOf: tokenizerFile) : nil
            tokenBytes = try tokenizer ?? DeferredTokenizer(path: tokenizerFile)
        } else {
            tokenizer = nil
            tokenBytes = nil
        }
        guard checksWeights else {
            digest = Self.digest(of: try files.map(MappedFile.init(path:)))
            return
        }
        let (checkpoint, configuration) = (checkpoint, configuration)
        digest = try digests.digest(of: files) { files in
            let digest = Self.digest(of: files)
            if let problem = checkpoint.problems(for: configuration, atMost: 1).first { throw problem }
            return digest
        }
    }

    /// All problems of the weights; empty if `checksWeights` was set and nothing was thrown.
    public func weightProblems() -> [ModelError] {
        checkpoint.problems(for: configuration)
    }

    /// - Throws: `ModelError.noHead` when the task scores or generates tokens and the checkpoint has no head.
    public func requireHead(for task: Job.Task) throws(ModelError) {
        if case .embed = task { return }
        guard hasHead else { throw .noHead(task: task.name, file: checkpoint.source.file) }
    }

    /// Whether the checkpoint has a head, which scoring and generation need.
    public var hasHead: Bool { !checkpoint.lacksHead(of: configuration) }

    private static func digest(of files: [MappedFile]) -> String {
        var hash = SHA256()
        for file in files {
            let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
            hash.update(data: Array("\(name)\u{0}\(file.count)\u{0}".utf8))
            for start in stride(from: 0, to: file.count, by: 1 << 20) {
                hash.update(data: file.bytes(start..<min(start + 1 << 20, file.count)))
                // A large file need not stay in this process's memory.
                if start.isMultiple(of: 1 << 26) { file.releasePages() }
            }
            file.releasePages()
        }
        return "sha256:" + Hexadecimal.text(of: hash.finalize())
    }
}

extension Tokenizer: TokenBytes {}

/// The `eos_token_id` of a model's files: one id, several, or none.
private enum EndOfText {
    static func read(directory: String) throws(ModelError) -> Set<Int32> {
        for name in ["generation_config.json", "config.json"] {
            let path = directory + "/" + name
            guard let file = try? MappedFile(path: path) else { continue }
            let fields = try ConfigurationFields(json: file.bytes(0..<file.count), file: path)
            if let ids = try fields.tokenIDs("eos_token_id") { return Set(ids) }
        }
        return []
    }
}
