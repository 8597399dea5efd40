internal import FoundationEssentials

/// The weights of a model directory.
public struct Checkpoint: Sendable {
    public let source: any StoredTensorSource
    /// The paths of the weight files, sorted. They include the index.
    public let files: [String]

    /// The names of weight files, in the order in which transformers looks for them.
    public static let names = [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ]

    /// Opens the first file of `names` that exists.
    ///
    /// - Throws: `ModelError` when no file exists or the file breaks its format.
    public init(directory: String) throws(ModelError) {
        guard let name = Self.names.first(where: { FileManager.default.fileExists(atPath: directory + "/" + $0) })
        else {
            let names = Self.names.dropLast().joined(separator: ", ") + " or " + (Self.names.last ?? "")
            throw ModelError.unreadable(file: directory, reason: "it has no weights: no \(names)")
        }
        let path = directory + "/" + name
        guard name.hasSuffix(".json") else {
            source = try Self.open(path)
            files = [path]
            return
        }
        let shards = try ShardedCheckpoint(index: path, open: Self.open)
        source = shards
        files = ([path] + shards.shards).sorted()
    }

    /// Opens a file of tensors in the format of its name.
    private static func open(_ path: String) throws(ModelError) -> any StoredTensorSource {
        let mapped = try MappedFile(path: path)
        if let problem = ForeignFile.problem(of: mapped) { throw .malformed(file: path, reason: problem) }
        if path.hasSuffix(".safetensors") { return try SafetensorsFile(mapped) }
        return try PyTorchFile(mapped)
    }
}
