/// An error of a model directory or one of its files. It names the file, the key or the tensor, and the value found.
public enum ModelError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or mapped. The reason is the system's.
    case unreadable(file: String, reason: String)
    /// The process has no descriptors or memory left for the file. A later attempt may succeed.
    case shortage(file: String, reason: String)
    /// The directory does not exist or holds no model.
    case noModel(directory: String, reason: String)
    /// The file breaks its format.
    case malformed(file: String, reason: String)
    /// A key is missing in a configuration.
    case missingKey(String, file: String)
    /// A configuration's value is not supported.
    case unsupported(key: String, value: String, file: String)
    case missingTensor(String, file: String)
    /// The checkpoint has no head, which the task needs.
    case noHead(task: String, file: String)
    /// The checkpoint has tensors that the model does not: the configuration describes another model.
    case leftOverTensors([String], file: String)
    case misshapenTensor(String, shape: [Int], expected: [Int], file: String)
    case unsupportedType(String, tensor: String, file: String)
    /// A tensor has a number that is not finite.
    case notFinite(tensor: String, file: String)
    /// The two tensors of a tied model differ.
    case unequalTensors(String, String, file: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason), .shortage(let file, let reason): "opening \(file): \(reason)"
        case .noModel(let directory, let reason): "model \(directory): \(reason)"
        case .malformed(let file, let reason):
            "reading \(file): \(reason)"
                + (Self.isOfWeights(file) ? "; if the file was cut short or damaged, download it again" : "")
        case .missingKey(let key, let file): "\(file): \(key) is missing"
        case .unsupported(let key, let value, let file): "\(file): \(key) is \(value), which is not supported"
        case .missingTensor(let name, let file): "\(file): tensor \(name) is missing"
        case .noHead(let task, let file):
            "\(file): it has no head (lm_head.weight), as AutoModel saves models: 'task: embed' needs none, "
                + "'task: \(task)' does; take the checkpoint of the whole model (…ForCausalLM)"
        case .leftOverTensors(let names, let file):
            "\(file): \(names.count) left over that config.json does not describe: "
                + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        case .misshapenTensor(let name, let shape, let expected, let file):
            "\(file): tensor \(name) has shape \(shape), config.json asks for \(expected)"
        case .unsupportedType(let type, let tensor, let file):
            "\(file): tensor \(tensor) has type \(type); read are F32, BF16 and F16"
        case .notFinite(let tensor, let file):
            "\(file): tensor \(tensor) holds a number that is not finite"
        case .unequalTensors(let first, let second, let file):
            "\(file): tensor \(first) differs from \(second), and config.json says that they are one (tied embeddings)"
        }
    }

    private static func isOfWeights(_ file: String) -> Bool {
        file.hasSuffix(".safetensors") || file.hasSuffix(".bin")
    }
}
