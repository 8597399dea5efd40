/// A tensor as a pickle describes it. Nothing of it is checked against the file yet.
struct PickledTensor {
    /// Numbers that the archive keeps in an entry of their own, which tensors may share.
    struct Storage {
        /// The name in safetensors of the numbers' type.
        var type: String
        /// The entry is `<archive>/data/<key>`.
        var key: String
        /// How many numbers.
        var count: Int
    }

    var storage: Storage
    /// Of the first element, counted in numbers.
    var offset: Int
    var shape: [Int]
    /// For each dimension, numbers from an element to the next.
    var strides: [Int]

    /// More dimensions than any weight has.
    static let mostDimensions = 8
}

/// What a pickle may name: the functions that a dictionary of tensors is rebuilt with, and the types of its storages.
/// They are known here by name only; nothing is ever called.
enum PickleGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    /// A type of numbers, by its name in safetensors.
    case storage(String)

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let type = Self.storageTypes[name] else { return nil }
            self = .storage(type)
        default: return nil
        }
    }

    private static let storageTypes = [
        "FloatStorage": "F32", "BFloat16Storage": "BF16", "HalfStorage": "F16", "DoubleStorage": "F64",
        "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8",
        "BoolStorage": "BOOL",
    ]
}
