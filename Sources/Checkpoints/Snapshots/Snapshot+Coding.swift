internal import Kernels

extension Snapshot {
    /// A checksum over a header and the bytes that follow it, for example `sha256:…`.
    public typealias Checksum = (_ header: [UInt8], _ data: ArraySlice<UInt8>) -> String

    private static let formatKey = "longscan.snapshot"
    private static let formatVersion = "1"
    private static let offsetKey = "longscan.token_offset"
    private static let modelKey = "longscan.model"
    private static let checksumKey = "longscan.checksum"
    private static let statePrefix = "layers."
    private static let promptPrefix = "prompt."

    /// The snapshot as the bytes of a safetensors file.
    public func encoded(checksum: Checksum) -> [UInt8] {
        var data: [UInt8] = []
        var entries: [String: SafetensorsHeader.Entry] = [:]
        func add(_ name: String, _ type: String, _ shape: [Int], _ append: (inout [UInt8]) -> Void) {
            precondition(entries[name] == nil, "two tensors named \(name)")
            let start = data.count
            append(&data)
            entries[name] = SafetensorsHeader.Entry(type: type, shape: shape, range: start..<data.count)
        }
        data.reserveCapacity((state + promptState).reduce(0) { $0 + $1.elements.count * 4 } + 4096)
        // Eight-byte elements come first, so that every tensor is aligned to its elements.
        for tensor in carried.sorted(by: { $0.values.elementBytes > $1.values.elementBytes }) {
            guard tensor.values.elementBytes >= 4 else { continue }
            add(tensor.name, tensor.values.type, [tensor.values.count]) { $0 += tensor.values.littleEndianBytes }
        }
        for tensor in state {
            add(tensor.name, "F32", tensor.shape) { tensor.elements.appendLittleEndianBytes(to: &$0) }
        }
        for tensor in promptState {
            add(Self.promptPrefix + tensor.name, "F32", tensor.shape) {
                tensor.elements.appendLittleEndianBytes(to: &$0)
            }
        }
        for tensor in carried where tensor.values.elementBytes < 4 {
            add(tensor.name, tensor.values.type, [tensor.values.count]) { $0 += tensor.values.littleEndianBytes }
        }
        var metadata = metadata
        metadata[Self.formatKey] = Self.formatVersion
        metadata[Self.offsetKey] = String(tokenOffset)
        metadata[Self.modelKey] = modelDigest
        var header = SafetensorsHeader(entries: entries, metadata: metadata)
        header.metadata[Self.checksumKey] = checksum(header.canonicalText, data[...])
        return header.encoded() + data
    }

    /// Reads the bytes of a snapshot.
    ///
    /// - Throws: `SnapshotError` when the bytes are not those that were written.
    public init(bytes: [UInt8], checksum: Checksum) throws(SnapshotError) {
        var header: SafetensorsHeader
        let start: Int
        do throws(ModelError) {
            let prefix = Array(bytes.prefix(SafetensorsHeader.prefixBytes))
            let length = try SafetensorsHeader.length(prefix, fileBytes: bytes.count, file: "snapshot")
            start = SafetensorsHeader.prefixBytes + length
            header = try SafetensorsHeader(
                json: Array(bytes[SafetensorsHeader.prefixBytes..<start]), dataBytes: bytes.count - start,
                file: "snapshot")
        } catch {
            throw SnapshotError.malformed(reason: "\(error)")
        }
        let stated = header.metadata.removeValue(forKey: Self.checksumKey) ?? "none"
        let found = checksum(header.canonicalText, bytes[start...])
        guard stated == found else { throw SnapshotError.wrongChecksum(stated: stated, found: found) }
        guard header.metadata.removeValue(forKey: Self.formatKey) == Self.formatVersion,
            let offset = header.metadata.removeValue(forKey: Self.offsetKey).flatMap(Int.init), offset >= 0,
            let model = header.metadata.removeValue(forKey: Self.modelKey)
        else {
            throw SnapshotError.malformed(reason: "its metadata is not that of a snapshot of version 1")
        }
        self.init(tokenOffset: offset, modelDigest: model, state: [], metadata: header.metadata)
        for name in header.orderedNames {
            guard let entry = header.entries[name] else { continue }
            let range = start + entry.range.lowerBound..<start + entry.range.upperBound
            if let (name, isPrompt) = Self.stateName(name), entry.type == "F32" {
                let elements = FloatBuffer(littleEndianBytes: bytes[range])
                let tensor = StateTensor(name: name, shape: entry.shape, elements: elements)
                if isPrompt { promptState.append(tensor) } else { state.append(tensor) }
            } else if let values = CarriedTensor.Values(type: entry.type, littleEndianBytes: bytes[range]) {
                carried.append(CarriedTensor(name: name, values: values))
            } else {
                throw SnapshotError.malformed(reason: "tensor \(name) has type \(entry.type)")
            }
        }
    }

    /// The tensor's name in the model's state, and whether it belongs to the prompt state; `nil` for a tensor that the
    /// task carries.
    private static func stateName(_ name: String) -> (name: String, isPrompt: Bool)? {
        if name.hasPrefix(statePrefix) { return (name, false) }
        guard name.hasPrefix(promptPrefix + statePrefix) else { return nil }
        return (String(name.dropFirst(promptPrefix.count)), true)
    }

    /// A tensor that the task carries.
    ///
    /// - Throws: `SnapshotError.missingTensor`.
    public func carried(_ name: String) throws(SnapshotError) -> CarriedTensor.Values {
        guard let tensor = carried.first(where: { $0.name == name }) else { throw SnapshotError.missingTensor(name) }
        return tensor.values
    }
}

extension SafetensorsHeader {
    /// The header's text for checksums, independent of any JSON encoder.
    fileprivate var canonicalText: [UInt8] {
        var text = ""
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { text += "\(key)\u{0}\(value)\u{0}" }
        for name in orderedNames {
            guard let entry = entries[name] else { continue }
            text += "\(name)\u{0}\(entry.type)\u{0}\(entry.shape)\u{0}\(entry.range)\u{0}"
        }
        return Array(text.utf8)
    }
}

extension CarriedTensor.Values {
    /// The element type, by its name in safetensors.
    var type: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .int32: "I32"
        case .int64: "I64"
        case .uint8: "U8"
        }
    }

    var elementBytes: Int { SafetensorsHeader.bytes(ofType: type) ?? 1 }

    var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        }
    }

    var littleEndianBytes: [UInt8] {
        switch self {
        case .float32(let values): values.flatMap { Self.bytes($0.bitPattern) }
        case .float64(let values): values.flatMap { Self.bytes($0.bitPattern) }
        case .int32(let values): values.flatMap { Self.bytes(UInt32(bitPattern: $0)) }
        case .int64(let values): values.flatMap { Self.bytes(UInt64(bitPattern: $0)) }
        case .uint8(let values): values
        }
    }

    init?(type: String, littleEndianBytes bytes: ArraySlice<UInt8>) {
        switch type {
        case "F32": self = .float32(Self.numbers(bytes).map { Float(bitPattern: $0) })
        case "F64": self = .float64(Self.numbers(bytes).map { Double(bitPattern: $0) })
        case "I32": self = .int32(Self.numbers(bytes).map { (number: UInt32) in Int32(bitPattern: number) })
        case "I64": self = .int64(Self.numbers(bytes).map { (number: UInt64) in Int64(bitPattern: number) })
        case "U8": self = .uint8(Array(bytes))
        default: return nil
        }
    }

    private static func bytes<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
    }

    private static func numbers<Number: FixedWidthInteger & UnsignedInteger>(_ bytes: ArraySlice<UInt8>) -> [Number] {
        let width = Number.bitWidth / 8
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            (0..<width).reduce(0) { $0 | Number(bytes[start + $1]) << Number($1 * 8) }
        }
    }
}
