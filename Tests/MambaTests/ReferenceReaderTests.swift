import Checkpoints
import Testing

/// Headers are read or refused as the format's own library does, version 0.8: every case was put to it.
@Suite struct ReferenceReaderTests {
    private static let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

    private func reads(_ json: String, dataBytes: Int) -> Bool {
        (try? SafetensorsHeader(json: Array(json.utf8), dataBytes: dataBytes, file: "f")) != nil
    }

    private static let read: [(json: String, dataBytes: Int)] = [
        (#"{"__metadata__":null,"a":\#(tensor)}"#, 4), (#"{"__metadata__":{},"a":\#(tensor)}"#, 4),
        (#"{"__metadata__":{"x":"1","x":"2"},"a":\#(tensor)}"#, 4),
        (#"{"__metadata__":{"x":"\u0000"},"a":\#(tensor)}"#, 4),
        ("{}", 0), (#"{"__metadata__":{"a":"b"}}"#, 0), (#"  {"a":\#(tensor)}   "#, 4), ("{\"a\":\(tensor)}\n\t", 4),
        (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, 0),
        (
            #"{"a":\#(tensor),"b":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]},"c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8
        ),
        (#"{"a":\#(tensor),"b":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}"#, 4),
        (#"{"a":\#(tensor),"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#, 4),
        (
            #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
            0
        ),
        (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 4),
        (#"{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":\#(tensor)}"#, 8),
        (#"{"a":\#(tensor),"a":\#(tensor)}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":\#(tensor)}"#, 8 - 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":{"x":[1]}}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":"\u0000"}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":123456789012345678901234567890}}"#, 4),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":\(String(repeating: "[", count: 125))\(String(repeating: "]", count: 125))}}",
            4
        ),
        (#"{"a\u0000":\#(tensor)}"#, 4), (#"{"":\#(tensor)}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[9223372036854775808,0],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":["F32",[1],[0,4]]}"#, 4), (#"{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F6_E3M2","shape":[8],"data_offsets":[0,6]}}"#, 6),
        (#"{"a":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[0,2]}}"#, 2),
        (#"{"a":{"dtype":"C64","shape":[2],"data_offsets":[0,16]}}"#, 16),
    ]

    private static let refused: [(json: String, dataBytes: Int)] = [
        (#"{"__metadata__":{"x":1},"a":\#(tensor)}"#, 4), (#"{"__metadata__":{"x":null},"a":\#(tensor)}"#, 4),
        (#"{"__metadata__":[],"a":\#(tensor)}"#, 4), ("{}", 1), ("{\"a\":\(tensor)}\0\0", 4), ("", 0), ("", 4),
        ("[]", 0),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
            8
        ),
        (#"{"a":\#(tensor),"b":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":\#(tensor),"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#, 12),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8), (#"{"a":\#(tensor)}"#, 8),
        (#"{"a":\#(tensor),"b":\#(tensor)}"#, 4), (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
        (#"{"a":\#(tensor),"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4),
        (#"{"__metadata__":{"x":"1"},"__metadata__":{"y":"2"},"a":\#(tensor)}"#, 4),
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":NaN}}"#, 4),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":\(String(repeating: "[", count: 200))\(String(repeating: "]", count: 200))}}",
            4
        ),
        ("\u{FEFF}{\"a\":\(tensor)}", 4), (#"{"__metadata__":{"x":"\ud800"},"a":\#(tensor)}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1e1],"data_offsets":[0,40]}}"#, 40),
        (#"{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775808]}}"#, 4),
        (#"{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}"#, 4),
        (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4),
        (#"{"\ud800":\#(tensor)}"#, 4), (#"{"x":1,"a":\#(tensor)}"#, 4), (#"{"x":null,"a":\#(tensor)}"#, 4),
        (#"{"a":\#(tensor),}"#, 4),
        ("{\"a\u{1}\":\(tensor)}", 4), (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1),
    ]

    @Test(arguments: read.indices) func whatTheLibraryReadsIsRead(index: Int) {
        #expect(reads(Self.read[index].json, dataBytes: Self.read[index].dataBytes), "\(Self.read[index].json)")
    }

    @Test(arguments: refused.indices) func whatTheLibraryRefusesIsRefused(index: Int) {
        #expect(
            !reads(Self.refused[index].json, dataBytes: Self.refused[index].dataBytes), "\(Self.refused[index].json)")
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        let json = Array(#"{""#.utf8) + [0xff] + Array("\":\(Self.tensor)}".utf8)
        #expect(throws: ModelError.self) { _ = try SafetensorsHeader(json: json, dataBytes: 4, file: "f") }
    }

    /// The library refuses these; nobody asks for them.
    @Test(arguments: [#""\ud800""#, #""a\udc00b""#, "1e999"]) func membersThatNobodyAsksForMayBeAnything(value: String)
    {
        #expect(reads(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":\#(value)}}"#, dataBytes: 4))
    }

    // MARK: - Configurations

    private static let configuration =
        #""model_type":"mamba","hidden_size":40,"num_hidden_layers":2,"vocab_size":100,"expand":2,"state_size":16,"conv_kernel":4"#

    /// Python's `json` module reads all of these.
    @Test(arguments: [
        #""x":"\ud800""#, #""x\udfff":1"#, #""x":"\u0000""#, #""\u0000":{}"#, #""x":NaN,"y":-Infinity,"z":Infinity"#,
        #""x":1e999"#, #""x":123456789012345678901234567890123456789012345678901234567890"#, #""x":-0.0"#,
        #""x":\#(String(repeating: "[", count: 500))\#(String(repeating: "]", count: 500))"#, #""x":1,"x":2"#,
    ])
    func configurationsMayHaveAnyOtherMember(member: String) throws {
        let json = "\u{FEFF}{\(Self.configuration),\(member)}"
        #expect(try ModelConfiguration(json: Array(json.utf8), file: "f").hiddenSize == 40)
        // The last of several counts.
        let twice = "{\"hidden_size\":\"big\",\(Self.configuration)}"
        #expect(try ModelConfiguration(json: Array(twice.utf8), file: "f").hiddenSize == 40)
    }

    @Test(arguments: [
        #""hidden_size":"\ud800""#, #""hidden_size":1e999"#, #""hidden_size":9223372036854775808"#,
        #""hidden_size":-9223372036854775808"#, #""hidden_size":NaN"#, #""hidden_size":0.5"#,
        #""x":\#(String(repeating: "[", count: 100_000))"#, #""x":01"#, #""x":+1"#, #""x":.5"#, #""x":1."#, #""x":Nan"#,
    ])
    func whatIsAskedForIsWhatItShouldBe(member: String) {
        let json = "{\(Self.configuration),\(member)}"
        #expect(throws: ModelError.self) { _ = try ModelConfiguration(json: Array(json.utf8), file: "f") }
    }

    // MARK: - Files that a download did not bring

    private static let foreign: [(text: String, says: String)] = [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
        ("<!DOCTYPE html>\n<html><body>404</body></html>", "web page"), ("  <html lang=\"en\">", "web page"),
        ("Entry not found", "Entry not found"),
        ("Access to model a/b is restricted.", "Access to model a/b is restricted."),
        ("Invalid username or password.", "download it again"), ("", "empty"), ("GGUF\u{3}\0\0\0", "GGUF"),
    ]

    @Test(arguments: foreign.indices, ["model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"])
    func whatLiesInTheirPlaceIsNamed(index: Int, name: String) throws {
        let (text, says) = Self.foreign[index]
        let directory = try TemporaryDirectory()
        try directory.write(Array(text.utf8), to: name)
        try directory.write(Array(text.utf8), to: "config.json")
        for open in [
            { _ = try Checkpoint(directory: directory.path) },
            { _ = try ModelConfiguration(file: directory.path + "/config.json") },
        ] {
            let error = #expect(throws: ModelError.self) { try open() }
            #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
        }
    }
}
