/// A recurrent state as a safetensors file. The file's metadata holds the token offset, the model's digest and a
/// checksum.
///
/// A snapshot also holds what the task carries: further tensors and metadata.
public struct Snapshot: Sendable, Equatable {
    /// The number of tokens that the state has read.
    public var tokenOffset: Int
    public var modelDigest: String
    /// The model's recurrent state.
    public var state: [StateTensor]
    /// The model's state at the end of the document, if a later continuation begins there and not at `state`; else
    /// empty.
    public var promptState: [StateTensor]
    /// The task's own tensors. Their names must not start with `layers.` or `prompt.layers.`.
    public var carried: [CarriedTensor]
    /// The task's own metadata.
    public var metadata: [String: String]

    public init(
        tokenOffset: Int, modelDigest: String, state: [StateTensor], promptState: [StateTensor] = [],
        carried: [CarriedTensor] = [], metadata: [String: String] = [:]
    ) {
        self.tokenOffset = tokenOffset
        self.modelDigest = modelDigest
        self.state = state
        self.promptState = promptState
        self.carried = carried
        self.metadata = metadata
    }
}

/// A named tensor that a task carries beside the model's state.
public struct CarriedTensor: Sendable, Equatable {
    public enum Values: Sendable, Equatable {
        case float32([Float])
        case float64([Double])
        case int32([Int32])
        case int64([Int64])
        case uint8([UInt8])
    }

    public var name: String
    public var values: Values

    public init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    /// Whether names and bits are equal. A not-a-number equals itself.
    public static func == (left: CarriedTensor, right: CarriedTensor) -> Bool {
        left.name == right.name && left.values.type == right.values.type
            && left.values.littleEndianBytes == right.values.littleEndianBytes
    }
}

/// An error of a snapshot that cannot be used.
public enum SnapshotError: Error, Equatable, CustomStringConvertible {
    /// The snapshot breaks the format or lacks a key.
    case malformed(reason: String)
    /// The bytes are not those that were written.
    case wrongChecksum(stated: String, found: String)
    /// The snapshot belongs to another model.
    case otherModel(digest: String, expected: String)
    case missingTensor(String)
    case leftOverTensor(String)
    case misshapenTensor(String, shape: [Int], expected: [Int])

    public var description: String {
        switch self {
        case .malformed(let reason): "reading a snapshot: \(reason)"
        case .wrongChecksum(let stated, let found):
            "reading a snapshot: its checksum is \(found), but it says \(stated)"
        case .otherModel(let digest, let expected):
            "reading a snapshot: it belongs to model \(digest), this is \(expected)"
        case .missingTensor(let name): "reading a snapshot: tensor \(name) is missing"
        case .leftOverTensor(let name): "reading a snapshot: tensor \(name) is left over"
        case .misshapenTensor(let name, let shape, let expected):
            "reading a snapshot: tensor \(name) has shape \(shape), the model's has \(expected)"
        }
    }
}
