internal import Kernels

/// A safetensors file, memory-mapped.
public struct SafetensorsFile: TensorSource {
    public let file: String
    public let metadata: [String: String]
    private let mapped: MappedFile
    private let header: SafetensorsHeader
    private let dataStart: Int

    /// - Throws: `ModelError` when the file cannot be opened or breaks the format.
    public init(path: String) throws(ModelError) {
        mapped = try MappedFile(path: path)
        file = path
        let prefix = mapped.bytes(0..<min(SafetensorsHeader.prefixBytes, mapped.count))
        let length = try SafetensorsHeader.length(prefix, fileBytes: mapped.count, file: path)
        dataStart = SafetensorsHeader.prefixBytes + length
        header = try SafetensorsHeader(
            json: mapped.bytes(SafetensorsHeader.prefixBytes..<dataStart), dataBytes: mapped.count - dataStart,
            file: path)
        metadata = header.metadata
    }

    public var names: Set<String> { Set(header.entries.keys) }

    public var storedNumbers: [String: Int] {
        header.entries.values.reduce(into: [:]) { $0[$1.type, default: 0] += $1.shape.reduce(1, *) }
    }

    /// - Throws: `ModelError.unsupportedType` when it is not float32, bfloat16 or float16.
    public func tensor(_ name: String, expecting shape: [Int] = []) throws(ModelError) -> Tensor? {
        guard let entry = header.entries[name] else { return nil }
        let format: FloatFormat
        switch entry.type {
        case "F32": format = .float32
        case "BF16": format = .bfloat16
        case "F16": format = .float16
        default: throw ModelError.unsupportedType(entry.type, tensor: name, file: file)
        }
        let range = entry.range.lowerBound + dataStart..<entry.range.upperBound + dataStart
        return Tensor(shape: entry.shape, elements: mapped.floats(range, format: format))
    }

    /// The bytes of a tensor of any type.
    public func bytes(of name: String) -> [UInt8]? {
        header.entries[name].map { mapped.bytes($0.range.lowerBound + dataStart..<$0.range.upperBound + dataStart) }
    }
}
