/// A tensor as a pickle describes it, not yet checked against the file.
struct PickledTensor {
    /// The numbers of one archive entry. Several tensors may share them.
    struct Storage {
        /// The type of the numbers, by its name in safetensors.
        var type: String
        /// The key of the entry `<archive>/data/<key>`.
        var key: String
        /// The number of elements.
        var count: Int
    }

    var storage: Storage
    /// The place of the first element in the storage, counted in numbers.
    var offset: Int
    var shape: [Int]
    /// The distance between neighbouring elements of each dimension, counted in numbers.
    var strides: [Int]

    /// The limit of dimensions. No weight has more.
    static let mostDimensions = 8
}

/// The globals that a pickle may name: the functions that rebuild a dictionary of tensors, and the types of storages.
/// They are matched by name; nothing is called.
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
