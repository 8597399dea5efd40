/// A checkpoint in several files. An index maps each tensor to its file.
public struct ShardedCheckpoint: StoredTensorSource {
    public let file: String
    /// The paths of the shards, sorted.
    public let shards: [String]
    private let files: [String: any StoredTensorSource]
    private let fileOfTensor: [String: String]

    /// - Parameters:
    ///   - index: the path of `model.safetensors.index.json` or `pytorch_model.bin.index.json`; the shards lie beside
    ///     it.
    ///   - open: opens a shard.
    /// - Throws: `ModelError` when a file cannot be opened, breaks its format, or lacks a tensor that the index places
    ///   in it.
    public init(
        index: String, open: (_ path: String) throws(ModelError) -> any StoredTensorSource
    ) throws(ModelError) {
        try self.init(try MappedFile(path: index), open: open)
    }

    package init(
        _ mapped: MappedFile, open: (_ path: String) throws(ModelError) -> any StoredTensorSource
    ) throws(ModelError) {
        let index = mapped.path
        file = index
        let fields = try ConfigurationFields(json: mapped.bytes(0..<mapped.count), file: index)
        fileOfTensor = try fields.texts("weight_map")
        let directory = index.lastIndex(of: "/").map { String(index[...$0]) } ?? ""
        var files: [String: any StoredTensorSource] = [:]
        for name in Set(fileOfTensor.values).sorted() {
            // The index must not name files outside of the model's directory.
            guard !name.contains("/") else {
                throw ModelError.malformed(file: index, reason: "shard \(name) is not beside the index")
            }
            files[name] = try open(directory + name)
        }
        for (tensor, name) in fileOfTensor where files[name]?.names.contains(tensor) != true {
            throw ModelError.missingTensor(tensor, file: directory + name)
        }
        self.files = files
        shards = files.keys.sorted().map { directory + $0 }
    }

    /// All tensors of all shards: one the index does not name is left over, too.
    public func releasePages() {
        for file in files.values { file.releasePages() }
    }

    public var names: Set<String> { files.values.reduce(into: []) { $0.formUnion($1.names) } }

    public var storedNumbers: [String: Int] {
        files.values.reduce(into: [:]) { $0.merge($1.storedNumbers, uniquingKeysWith: +) }
    }

    public func tensor(_ name: String, expecting shape: [Int]) throws(ModelError) -> Tensor? {
        try shard(of: name)?.tensor(name, expecting: shape)
    }

    public func shape(of name: String) -> [Int]? { shard(of: name)?.shape(of: name) }

    public func isFinite(_ name: String) throws(ModelError) -> Bool { try shard(of: name)?.isFinite(name) ?? true }

    public func file(of name: String) -> String { shard(of: name)?.file ?? file }

    private func shard(of name: String) -> (any StoredTensorSource)? { fileOfTensor[name].flatMap { files[$0] } }
}
