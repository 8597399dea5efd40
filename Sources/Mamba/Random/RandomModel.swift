public import Checkpoints
internal import FoundationEssentials
internal import Kernels
internal import Synchronization

/// A model of random weights as a directory in Hugging Face's layout, without a tokenizer: documents are token ids.
///
/// For tests, and for checks of an installation that has no model yet.
public struct RandomModel: Sendable {
    /// `config.json`
    public let configurationFile: [UInt8]
    /// `model.safetensors`, all of it float32.
    public let weightsFile: [UInt8]

    /// - Parameters:
    ///   - configuration: without padding of the vocabulary, which these files do not know.
    ///   - seed: of the weights: see `RandomWeights`.
    /// - Throws: `ArithmeticError` when OpenBLAS cannot be loaded, as no model can be opened then.
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

    /// Writes the files, and makes the directory if it is not there.
    ///
    /// - Throws: what the system says when they cannot be written.
    public func write(to directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(configurationFile).write(to: URL(filePath: directory + "/config.json"))
        try Data(weightsFile).write(to: URL(filePath: directory + "/model.safetensors"))
    }
}

/// Hands out the tensors of another source, and remembers them.
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

    /// All tensors that were handed out, as a safetensors file.
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
