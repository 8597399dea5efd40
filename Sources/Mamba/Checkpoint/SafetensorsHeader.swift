internal import FoundationEssentials

/// What a safetensors file says about its tensors: <https://github.com/huggingface/safetensors#format>.
///
/// The file is an 8-byte little-endian length, a JSON header of that length, and the tensors' bytes.
package struct SafetensorsHeader: Equatable {
    package struct Entry: Equatable {
        package var type: String
        package var shape: [Int]
        /// Where the tensor's bytes are, counted from the first byte after the header.
        package var range: Range<Int>

        package init(type: String, shape: [Int], range: Range<Int>) {
            self.type = type
            self.shape = shape
            self.range = range
        }
    }

    package var entries: [String: Entry] = [:]
    package var metadata: [String: String] = [:]

    /// Names in the order of their bytes; one without bytes comes before one with.
    package var orderedNames: [String] {
        entries.sorted {
            let (left, right) = ($0.value.range, $1.value.range)
            return (left.lowerBound, left.upperBound, $0.key) < (right.lowerBound, right.upperBound, $1.key)
        }.map(\.key)
    }

    package init(entries: [String: Entry], metadata: [String: String]) {
        self.entries = entries
        self.metadata = metadata
    }

    /// Length of the length.
    package static let prefixBytes = 8
    /// The limit that the format's own reader sets.
    package static let mostHeaderBytes = 100_000_000

    static let bytesOfType = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
        "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
    ]

    /// The header's length, from the first 8 bytes of a file of `fileBytes` bytes.
    package static func length(_ prefix: [UInt8], fileBytes: Int, file: String) throws(ModelError) -> Int {
        guard prefix.count == prefixBytes else {
            throw ModelError.malformed(file: file, reason: "\(fileBytes) bytes are no safetensors file")
        }
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(mostHeaderBytes), Int(length) <= fileBytes - prefixBytes else {
            throw ModelError.malformed(
                file: file, reason: "a header of \(length) bytes does not fit a file of \(fileBytes)")
        }
        return Int(length)
    }

    /// Reads a header and checks that its tensors cover the `dataBytes` bytes behind it, each byte once.
    package init(json: [UInt8], dataBytes: Int, file: String) throws(ModelError) {
        let contents: HeaderContents
        do {
            contents = try JSONDecoder().decode(HeaderContents.self, from: Data(json))
        } catch {
            throw ModelError.malformed(file: file, reason: "its header is no safetensors header: \(error.summary)")
        }
        metadata = contents.metadata
        for (name, tensor) in contents.tensors {
            entries[name] = try Self.entry(name, tensor, dataBytes: dataBytes, file: file)
        }
        var end = 0
        for name in orderedNames {
            guard let range = entries[name]?.range else { continue }
            guard range.lowerBound == end else {
                let what = range.lowerBound < end ? "overlaps the one before" : "leaves a gap before it"
                throw ModelError.malformed(file: file, reason: "tensor \(name) at byte \(range.lowerBound) \(what)")
            }
            end = range.upperBound
        }
        guard end == dataBytes else {
            throw ModelError.malformed(file: file, reason: "its tensors end at byte \(end) of \(dataBytes)")
        }
    }

    private static func entry(
        _ name: String, _ tensor: HeaderContents.Tensor, dataBytes: Int, file: String
    ) throws(ModelError) -> Entry {
        guard let width = bytesOfType[tensor.dtype] else {
            throw ModelError.unsupportedType(tensor.dtype, tensor: name, file: file)
        }
        let offsets = tensor.data_offsets
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataBytes else {
            throw ModelError.malformed(
                file: file, reason: "tensor \(name) at \(offsets) is outside of the file's \(dataBytes) bytes")
        }
        var bytes = width
        for extent in tensor.shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else {
                throw ModelError.malformed(file: file, reason: "tensor \(name) has shape \(tensor.shape)")
            }
            bytes = product
        }
        guard bytes == offsets[1] - offsets[0] else {
            throw ModelError.malformed(
                file: file,
                reason: "tensor \(name) of shape \(tensor.shape) and type \(tensor.dtype) needs \(bytes) bytes, has "
                    + "\(offsets[1] - offsets[0])")
        }
        return Entry(type: tensor.dtype, shape: tensor.shape, range: offsets[0]..<offsets[1])
    }

    /// The first bytes of a file with this header: length and JSON, padded so that the tensors start at a multiple of 64.
    package func encoded() -> [UInt8] {
        let tensors = entries.mapValues {
            HeaderContents.Tensor(
                dtype: $0.type, shape: $0.shape, data_offsets: [$0.range.lowerBound, $0.range.upperBound])
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let contents = try? encoder.encode(HeaderContents(tensors: tensors, metadata: metadata)) else {
            preconditionFailure("strings and integers that JSON cannot hold")
        }
        var json = Array(contents)
        while (json.count + Self.prefixBytes) % 64 != 0 { json.append(UInt8(ascii: " ")) }
        let length = UInt64(json.count)
        return (0..<Self.prefixBytes).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + json
    }
}

/// The JSON of the header: tensors and `__metadata__` side by side in one object.
private struct HeaderContents: Codable {
    struct Tensor: Codable {
        var dtype: String
        var shape: [Int]
        // The format's spelling.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var data_offsets: [Int]
    }

    var tensors: [String: Tensor]
    var metadata: [String: String]

    private static let metadataKey = "__metadata__"

    init(tensors: [String: Tensor], metadata: [String: String]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        tensors = [:]
        metadata = [:]
        for key in container.allKeys {
            if key.stringValue == Self.metadataKey {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        if !metadata.isEmpty { try container.encode(metadata, forKey: AnyKey(stringValue: Self.metadataKey)) }
        for (name, tensor) in tensors { try container.encode(tensor, forKey: AnyKey(stringValue: name)) }
    }
}

/// Any name of a JSON object.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}

extension Error {
    /// A decoding error in one line: where and what.
    var summary: String {
        guard let error = self as? DecodingError else { return "\(self)" }
        let (path, text): ([any CodingKey], String) =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context.codingPath, context.debugDescription)
            case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
            @unknown default: ([], "\(error)")
            }
        let place = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return place.isEmpty ? text : "\(place): \(text)"
    }
}
