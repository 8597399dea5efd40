/// The weights of a model directory.
public struct Checkpoint: Sendable {
    public let source: any TensorSource
    /// The files that hold them, sorted by name; an index counts.
    public let files: [String]

    /// Opens `model.safetensors`, or the shards of `model.safetensors.index.json`.
    ///
    /// - Throws: `ModelError` when there is neither or one breaks its format.
    public init(directory: String) throws(ModelError) {
        let single = directory + "/model.safetensors"
        let index = directory + "/model.safetensors.index.json"
        let indexOpens = (try? MappedFile(path: index)) != nil
        if indexOpens {
            let shards = try ShardedSafetensors(index: index)
            source = shards
            files = ([index] + shards.shards).sorted()
        } else {
            source = try SafetensorsFile(path: single)
            files = [single]
        }
    }
}
