import Checkpoints
import Testing

/// Headers that lie are refused with what is wrong.
@Suite struct SafetensorsTests {
    @Test func aHeaderReadsBack() throws {
        let header = SafetensorsHeader(
            entries: [
                "b": SafetensorsHeader.Entry(type: "F32", shape: [2, 3], range: 0..<24),
                "a": SafetensorsHeader.Entry(type: "U8", shape: [0], range: 24..<24),
                "c": SafetensorsHeader.Entry(type: "BF16", shape: [], range: 24..<26),
            ], metadata: ["format": "pt", "quote": "\"\\\u{1}"])
        let bytes = header.encoded()
        #expect(bytes.count % 64 == 0)
        let length = try SafetensorsHeader.length(Array(bytes.prefix(8)), fileBytes: bytes.count + 26, file: "f")
        #expect(length == bytes.count - 8)
        let read = try SafetensorsHeader(json: Array(bytes.dropFirst(8)), dataBytes: 26, file: "f")
        #expect(read == header)
        #expect(read.orderedNames == ["b", "a", "c"])
    }

    static let brokenHeaders: [(json: String, reason: String)] = [
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            "tensor b at byte 4 overlaps the one before"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
            "tensor b at byte 8 leaves a gap before it"
        ),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "its tensors end at byte 8 of 12"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}"#,
            "tensor a of shape [2] and type F32 needs 8 bytes, has 12"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            "tensor a at [0, 16] is outside of the file's 12 bytes"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[8,4]}}"#,
            "tensor a at [8, 4] is outside of the file's 12 bytes"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}"#,
            "tensor a has no shape, or no list of sizes for one"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,12]}}"#,
            "tensor a has shape [4611686018427387904, 4]"
        ),
    ]

    @Test(arguments: brokenHeaders.indices)
    func brokenHeadersAreRefused(index: Int) {
        let (json, reason) = Self.brokenHeaders[index]
        #expect(throws: ModelError.malformed(file: "f", reason: reason)) {
            _ = try SafetensorsHeader(json: Array(json.utf8), dataBytes: 12, file: "f")
        }
    }

    @Test func anUnknownTypeIsNamed() {
        let json = #"{"a":{"dtype":"Q4","shape":[12],"data_offsets":[0,12]}}"#
        #expect(throws: ModelError.unsupportedType("Q4", tensor: "a", file: "f")) {
            _ = try SafetensorsHeader(json: Array(json.utf8), dataBytes: 12, file: "f")
        }
    }

    @Test(arguments: ["", "[]", #"{"a":1}"#, #"{"a":{"dtype":"F32","shape":[1]}}"#])
    func whatIsNoHeaderIsRefused(json: String) {
        #expect(throws: ModelError.self) {
            _ = try SafetensorsHeader(json: Array(json.utf8), dataBytes: 0, file: "f")
        }
    }

    @Test(arguments: [([1, 0], 2), ([9, 0, 0, 0, 0, 0, 0, 0], 16), (Array(repeating: 255, count: 8), 1000)])
    func aLengthThatDoesNotFitIsRefused(prefix: [UInt8], fileBytes: Int) {
        #expect(throws: ModelError.self) {
            _ = try SafetensorsHeader.length(prefix, fileBytes: fileBytes, file: "f")
        }
    }
}
