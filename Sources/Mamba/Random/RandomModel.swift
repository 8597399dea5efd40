public import Checkpoints
internal import FoundationEssentials
internal import Kernels
internal import Synchronization

/// A directory with a model of random weights, in Hugging Face's layout. It has no tokenizer, so documents are token
/// ids.
///
/// It serves tests and checks of an installation that has no model yet.
public struct RandomModel: Sendable {
    /// The contents of `config.json`.
    public let configurationFile: [UInt8]
    /// The contents of `model.safetensors`, all in float32.
    public let weightsFile: [UInt8]

    /// - Parameters:
    ///   - configuration: a configuration without padding of the vocabulary, which the files cannot state.
    ///   - seed: the seed of the weights: see `RandomWeights`.
    /// - Throws: `ArithmeticError` when OpenBLAS cannot be loaded, because no model can be opened then.
    public init(_ configuration: ModelConfiguration, seed: UInt64) throws {
        precondition(
            configuration.vocabularySize == configuration.paddedVocabularySize, "a config.json knows no padding")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        configurationFile = Array(try encoder.encode(HuggingFaceKeys(configuration)))
        let recorder = TensorRecorder(RandomWeights(seed: seed))
        _ = try LanguageModel(configuration: configuration, source: recorder, arithmetic: Arithmetic())
        weightsFile = recorder.safetensors
    }

    /// Writes the files. Makes the directory if it does not exist.
    ///
    /// - Throws: the system's error when the files cannot be written.
    public func write(to directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(configurationFile).write(to: URL(filePath: directory + "/config.json"))
        try Data(weightsFile).write(to: URL(filePath: directory + "/model.safetensors"))
    }
}

/// A tensor source that records the tensors that it takes from another source.
private final class TensorRecorder: TensorSource {
    private let source: any TensorSource
    private let tensors = Mutex<[(name: String, tensor: Tensor)]>([])

    init(_ source: any TensorSource) { self.source = source }

    var file: String { source.file }
    var names: Set<String> { source.names }
    var storedNumbers: [String: Int] { source.storedNumbers }

    func tensor(_ name: String, expecting shape: [Int]) throws(ModelError) -> Tensor? {
        let tensor = try source.tensor(name, expecting: shape)
        if let tensor { tensors.withLock { $0.append((name, tensor)) } }
        return tensor
    }

    /// All recorded tensors, as a safetensors file.
    var safetensors: [UInt8] {
        var header = SafetensorsHeader(entries: [:], metadata: [:])
        var data: [UInt8] = []
        for (name, tensor) in tensors.withLock(\.self) {
            let start = data.count
            tensor.elements.appendLittleEndianBytes(to: &data)
            header.entries[name] = .init(type: "F32", shape: tensor.shape, range: start..<data.count)
        }
        return header.encoded() + data
    }
}
