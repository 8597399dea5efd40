/// A state written down: a safetensors file with the token offset, the model's digest and a checksum in its metadata.
///
/// Besides the model's state it holds what the task carries, as further named tensors and metadata.
public struct Snapshot: Sendable, Equatable {
    /// Tokens that the state stands for.
    public var tokenOffset: Int
    public var modelDigest: String
    /// The model's state.
    public var state: [StateTensor]
    /// The model's state after the document, where something else than `state` begins with it again; else empty.
    public var promptState: [StateTensor]
    /// What the task carries; names must not start with `layers.` or `prompt.layers.`.
    public var carried: [CarriedTensor]
    /// What the task carries in words.
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

/// Named numbers that a task carries beside the model's state.
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

    /// Whether the names and bits are equal: not-a-numbers are equal to themselves.
    public static func == (left: CarriedTensor, right: CarriedTensor) -> Bool {
        left.name == right.name && left.values.type == right.values.type
            && left.values.littleEndianBytes == right.values.littleEndianBytes
    }
}

/// A snapshot cannot be used.
public enum SnapshotError: Error, Equatable, CustomStringConvertible {
    /// It breaks the format or lacks a key.
    case malformed(reason: String)
    /// Its bytes are not those that were written.
    case wrongChecksum(stated: String, found: String)
    /// It belongs to another model.
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
