internal import FoundationEssentials
internal import JSON

/// The header of a safetensors file: <https://github.com/huggingface/safetensors#format>.
///
/// The file is an 8-byte little-endian length, a JSON header of that length, and the tensors' bytes.
package struct SafetensorsHeader: Equatable {
    package struct Entry: Equatable {
        package var type: String
        package var shape: [Int]
        /// The range of the tensor's bytes, counted from the end of the header.
        package var range: Range<Int>

        package init(type: String, shape: [Int], range: Range<Int>) {
            self.type = type
            self.shape = shape
            self.range = range
        }
    }

    package var entries: [String: Entry] = [:]
    package var metadata: [String: String] = [:]

    /// The names in the order of the tensors' places. An empty tensor comes before one that begins at the same place.
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

    /// The bytes of the length field.
    package static let prefixBytes = 8
    /// The limit of the header's bytes, as in the reader of the safetensors library.
    package static let mostHeaderBytes = 100_000_000

    /// The bits of an element, by type: the types of safetensors 0.8 (`Dtype`).
    private static let bitsOfType = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
        "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
        "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
    ]

    /// The bytes of an element; `nil` for an unknown type, or one without whole bytes.
    static func bytes(ofType type: String) -> Int? {
        bitsOfType[type].flatMap { $0.isMultiple(of: 8) ? $0 / 8 : nil }
    }

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

    /// Reads a header and checks that its tensors cover the following `dataBytes` bytes, each byte once.
    ///
    /// Accepts all that the safetensors library 0.8 accepts (`Metadata` and `HashMetadata`), and any content in unknown
    /// members. Of several tensors of one name the last counts.
    package init(json: [UInt8], dataBytes: Int, file: String) throws(ModelError) {
        let header: JSONValue
        do throws(JSONSyntaxError) {
            header = try JSONParser.parse(json)
        } catch {
            throw ModelError.malformed(file: file, reason: "its header is no JSON: \(error)")
        }
        guard case .object(let members) = header else {
            throw ModelError.malformed(file: file, reason: "its header is \(header.kind), not an object of tensors")
        }
        var tensors: [String: JSONMember] = [:]
        var hasMetadata = false
        for member in members {
            let name = member.shownName
            guard member.isText else {
                throw ModelError.malformed(file: file, reason: "a tensor's name has half of a surrogate pair: \(name)")
            }
            if name == Self.metadataKey {
                guard !hasMetadata else { throw ModelError.malformed(file: file, reason: "it has two \(name)") }
                hasMetadata = true
                metadata = try Self.metadata(member.value, file: file)
                continue
            }
            // Swift compares strings by canonical equivalence, the format by bytes.
            guard tensors.updateValue(member, forKey: name)?.name ?? member.name == member.name else {
                throw ModelError.malformed(
                    file: file, reason: "two tensors' names differ by their normal form alone: \(name)")
            }
        }
        for (name, member) in tensors {
            entries[name] = try Self.entry(name, member.value, dataBytes: dataBytes, file: file)
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

    private static let metadataKey = "__metadata__"

    /// - Parameter value: an object of texts, or null.
    private static func metadata(_ value: JSONValue, file: String) throws(ModelError) -> [String: String] {
        if case .null = value { return [:] }
        guard case .object(let members) = value else {
            throw ModelError.malformed(
                file: file, reason: "its \(metadataKey) is \(value.kind), not an object of texts")
        }
        var metadata: [String: String] = [:]
        for member in members {
            guard member.isText, let text = member.value.text else {
                throw ModelError.malformed(
                    file: file, reason: "its \(metadataKey) has \(member.value.kind) for \(member.shownName), not text")
            }
            metadata[member.shownName] = text
        }
        return metadata
    }

    /// - Parameter value: an object, or a list of the object's values.
    private static func entry(
        _ name: String, _ value: JSONValue, dataBytes: Int, file: String
    ) throws(ModelError) -> Entry {
        func malformed(_ reason: String) -> ModelError { .malformed(file: file, reason: "tensor \(name) \(reason)") }
        var parts: [JSONValue?]
        switch value {
        case .object(let members):
            let keys = ["dtype", "shape", "data_offsets"]
            parts = keys.map { value[$0] }
            for key in keys where members.count(where: { $0.name.elementsEqual(key.utf8) }) > 1 {
                throw malformed("has two of \(key)")
            }
        case .array(let values) where values.count == 3: parts = values
        case .null, .bool, .number, .string, .brokenString, .array: throw malformed("is \(value.kind), not an object")
        }
        guard let type = parts[0]?.text else { throw malformed("has no dtype") }
        guard let extents = parts[1]?.extents else { throw malformed("has no shape, or no list of sizes for one") }
        guard let offsets = parts[2]?.extents, offsets.count == 2 else {
            throw malformed("has no data_offsets, or not two of them")
        }
        guard let bits = bitsOfType[type] else { throw ModelError.unsupportedType(type, tensor: name, file: file) }
        guard offsets[0] <= offsets[1], offsets[1] <= UInt64(dataBytes) else {
            throw malformed("at \(offsets) is outside of the file's \(dataBytes) bytes")
        }
        // The safetensors library multiplies in this order. It refuses an overflow, even before a factor of 0.
        var count: UInt64 = 1
        for factor in extents + [UInt64(bits)] {
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            guard !overflow else { throw malformed("has shape \(extents)") }
            count = product
        }
        guard count.isMultiple(of: 8) else {
            throw malformed("of shape \(extents) and type \(type) has no whole bytes")
        }
        guard count / 8 == offsets[1] - offsets[0] else {
            throw malformed(
                "of shape \(extents) and type \(type) needs \(count / 8) bytes, has \(offsets[1] - offsets[0])")
        }
        // A larger size belongs to a tensor without elements, so any size will do.
        return Entry(
            type: type, shape: extents.map { Int(clamping: $0) }, range: Int(offsets[0])..<Int(offsets[1]))
    }

    /// The first bytes of a file with this header: the length and the JSON. The JSON is padded so that the tensors
    /// start at a multiple of 64.
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

extension JSONValue {
    /// A list of sizes: whole numbers without a sign, a point or an exponent.
    fileprivate var extents: [UInt64]? {
        guard case .array(let values) = self else { return nil }
        let extents = values.compactMap { value -> UInt64? in
            guard case .number(let digits) = value, digits.first != UInt8(ascii: "-") else { return nil }
            return UInt64(String(decoding: digits, as: UTF8.self))
        }
        return extents.count == values.count ? extents : nil
    }
}

/// The JSON of the header: one object with the tensors and `__metadata__`.
private struct HeaderContents: Encodable {
    struct Tensor: Encodable {
        var dtype: String
        var shape: [Int]
        // The format spells the key so.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var data_offsets: [Int]
    }

    var tensors: [String: Tensor]
    var metadata: [String: String]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        if !metadata.isEmpty { try container.encode(metadata, forKey: AnyKey(stringValue: "__metadata__")) }
        for (name, tensor) in tensors { try container.encode(tensor, forKey: AnyKey(stringValue: name)) }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}
