/// A safetensors file, memory-mapped.
public struct SafetensorsFile: StoredTensorSource {
    public let file: String
    public let metadata: [String: String]
    public let storedNumbers: [String: Int]
    private let tensors: StoredTensors

    /// - Throws: `ModelError` when the file cannot be opened or breaks the format.
    public init(path: String) throws(ModelError) {
        try self.init(try MappedFile(path: path))
    }

    package init(_ mapped: MappedFile) throws(ModelError) {
        file = mapped.path
        let prefix = mapped.bytes(0..<min(SafetensorsHeader.prefixBytes, mapped.count))
        let length = try SafetensorsHeader.length(prefix, fileBytes: mapped.count, file: file)
        let dataStart = SafetensorsHeader.prefixBytes + length
        let header = try SafetensorsHeader(
            json: mapped.bytes(SafetensorsHeader.prefixBytes..<dataStart), dataBytes: mapped.count - dataStart,
            file: file)
        metadata = header.metadata
        let entries = header.entries.mapValues {
            StoredTensor(
                type: $0.type, shape: $0.shape, count: $0.shape.contains(0) ? 0 : $0.shape.reduce(1, *),
                range: $0.range.lowerBound + dataStart..<$0.range.upperBound + dataStart)
        }
        storedNumbers = entries.values.reduce(into: [:]) { $0[$1.type, default: 0] += $1.count }
        tensors = StoredTensors(mapped: mapped, entries: entries)
    }

    public var names: Set<String> { tensors.names }

    public func releasePages() { tensors.mapped.releasePages() }

    public func shape(of name: String) -> [Int]? { tensors.entries[name]?.shape }

    public func file(of name: String) -> String { file }

    /// - Throws: `ModelError.unsupportedType` when the type is not float32, bfloat16 or float16.
    public func tensor(_ name: String, expecting shape: [Int] = []) throws(ModelError) -> Tensor? {
        try tensors.tensor(name)
    }

    public func isFinite(_ name: String) throws(ModelError) -> Bool { try tensors.isFinite(name) }

    /// The bytes of a tensor of any type.
    public func bytes(of name: String) -> [UInt8]? {
        tensors.entries[name].map { tensors.mapped.bytes($0.range) }
    }
}
