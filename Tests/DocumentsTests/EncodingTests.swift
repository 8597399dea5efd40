import Documents
import FoundationEssentials
import Jobs
import TestSupport
import Testing

/// Bytes that are not what a file's name says, and texts that are not UTF-8.
@Suite struct EncodingTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func problem(_ bytes: [UInt8], _ name: String) throws -> InputProblem? {
        try directory.write(bytes, to: name)
        let documents = try directory.documents(name)
        try #require(documents.count == 1)
        return documents[0].problem
    }

    @Test(arguments: ["a.txt", "a.jsonl"]) func otherEncodingsAreNamed(name: String) throws {
        let text = #"{"text":"Łódź 👋 and more"}"#
        func little(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
        func big(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }
        func message(_ encoding: String) -> InputProblem {
            InputProblem(
                .invalidUTF8,
                "the file is \(encoding): save it as UTF-8, for example with 'iconv -f \(encoding) -t UTF-8'")
        }
        #expect(try problem([0xFF, 0xFE] + little(text), name) == message("UTF-16"))
        #expect(try problem([0xFE, 0xFF] + big(text), name) == message("UTF-16"))
        #expect(try problem(little(text), name) == message("UTF-16LE"))
        #expect(try problem(big(text), name) == message("UTF-16BE"))
        #expect(
            try problem([0xFF, 0xFE, 0, 0] + text.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), 0, 0, 0] }, name)
                == message("UTF-32"))
    }

    @Test func aNULAmongLettersIsNoEncoding() throws {
        #expect(try problem(Array("ab\0d and more".utf8), "a.txt")?.code == .nulByte)
        #expect(try problem([0, 0, 0, 0, 0, 0], "a.txt")?.code == .nulByte)
    }

    /// The bytes say what they are, not the name.
    @Test(arguments: ["lines.jsonl.gz", "lines.jsonl.zst"]) func packedFilesNeedNoName(name: String) throws {
        let fixture = String(#filePath[..<#filePath.lastIndex(of: "/")!]) + "/Fixtures/" + name
        let bytes = Array(try Data(contentsOf: URL(filePath: fixture)))
        for other in ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst"] {
            try directory.write(bytes, to: other)
            #expect(try directory.documents(other).count == 500)
        }
        try directory.pour(bytes, into: "pipe.jsonl")
        #expect(try directory.documents("pipe.jsonl").count == 500)
    }

    /// Parallel compressors put a frame of no bytes first; an empty frame stands for no bytes too.
    @Test func framesOfNoBytesMayComeFirst() throws {
        let fixtures = String(#filePath[..<#filePath.lastIndex(of: "/")!]) + "/Fixtures/"
        func fixture(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: fixtures + name))) }
        let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let frames = try [skippable, fixture("empty.txt.zst"), skippable, fixture("lines.txt.zst"), skippable]
        try directory.write(frames.flatMap(\.self), to: "a.txt")
        let members = try [fixture("empty.txt.gz"), fixture("lines.txt.gz")]
        try directory.write(members.flatMap(\.self), to: "b.txt")
        let documents = try directory.documents("a.txt", "b.txt")
        #expect(documents.map(\.problem) == [nil, nil])
        #expect(documents.map { $0.text.hasSuffix("line 3000\n") } == [true, true])
        #expect(try problem(Array(frames[0] + frames[1].dropLast()), "c.txt")?.code == .corruptCompression)
    }

    @Test func otherPackingsAreNamed() throws {
        let xz: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]
        #expect(
            try problem(xz, "a.txt")
                == InputProblem(
                    .unreadable, "the file is packed with xz: unpack it, or pack it with zstd or gzip"))
    }
}
