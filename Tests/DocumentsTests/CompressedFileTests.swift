import Documents
import FoundationEssentials
import Jobs
import TestSupport
import Testing

/// The fixtures were made by gzip 1.12 and zstd 1.5: `lines.txt` is `line 1` … `line 3000`, `lines.jsonl` 500
/// documents.
@Suite struct CompressedFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let lines = (1...3000).map { "line \($0)\n" }.joined()

    private static func fixture(_ name: String) throws -> [UInt8] {
        let path = String(#filePath[..<#filePath.lastIndex(of: "/")!]) + "/Fixtures/" + name
        return Array(try Data(contentsOf: URL(filePath: path)))
    }

    /// Copied, so that ids do not depend on where the tests lie.
    private func read(_ name: String, pieceBytes: Int = 64 << 10) throws -> [ReadDocument] {
        try directory.write(Self.fixture(name), to: name)
        return try directory.documents(name, limits: .init(pieceBytes: pieceBytes, pieceTokens: 1))
    }

    /// `members` and `frames` hold several, an empty one, padding or a skippable frame.
    @Test(arguments: ["lines.txt.gz", "members.txt.gz", "lines.txt.zst", "frames.txt.zst"], [1, 7, 1000, 64 << 10])
    func textFiles(name: String, pieceBytes: Int) throws {
        let documents = try read(name, pieceBytes: pieceBytes)
        #expect(documents.map(\.header.id) == [name])
        #expect(documents.map(\.problem) == [nil])
        #expect(documents.map(\.text) == [Self.lines])
    }

    @Test(arguments: ["lines.jsonl.gz", "lines.jsonl.zst"], [5, 64 << 10])
    func lines(name: String, pieceBytes: Int) throws {
        let documents = try read(name, pieceBytes: pieceBytes)
        #expect(documents.map(\.header.id) == (0..<500).map { "doc-\($0)" })
        #expect(
            documents.map(\.text) == (0..<500).map { String(repeating: "text number \($0) é漢😀", count: $0 % 7 + 1) })
    }

    @Test(arguments: ["empty.txt.gz", "empty.txt.zst"])
    func emptyText(name: String) throws {
        let documents = try read(name)
        #expect(documents.map(\.hasBegun) == [true])
        #expect(documents.map(\.text) == [""])
        #expect(documents.map(\.problem) == [nil])
    }

    @Test func bytesReadAreThoseOnDisk() throws {
        try directory.write(Self.fixture("lines.txt.gz"), to: "a.txt.gz")
        let files = try InputFiles([directory.input("a.txt.gz")])
        var reader = DocumentReader(files)
        while try reader.next() != nil {}
        #expect(reader.bytesRead == files.byteCount)
        #expect(files.byteCount == 6895)
    }

    @Test(arguments: ["gz", "zst"], [1, 5, 12, 500, 2000])
    func aFileCutShortIsOneErrorRow(suffix: String, length: Int) throws {
        try directory.write(Self.fixture("lines.txt.\(suffix)").prefix(length), to: "a.txt.\(suffix)")
        try directory.write("next", to: "b.txt")
        let documents = try directory.documents("a.txt.\(suffix)", "b.txt")
        let message = "cannot decompress \(directory.path)/a.txt.\(suffix): it ends too early"
        #expect(documents.map(\.problem) == [InputProblem(.corruptCompression, message), nil])
        #expect(documents.map(\.text).last == "next")
    }

    @Test func anEmptyFileIsNotCompressedData() throws {
        for name in ["a.txt.gz", "a.txt.zst"] {
            try directory.write("", to: name)
            #expect(try directory.documents(name).map(\.problem?.code) == [.corruptCompression])
        }
    }

    @Test func linesBeforeTheDamageAreRead() throws {
        for suffix in ["gz", "zst"] {
            let fixture = try Self.fixture("lines.jsonl.\(suffix)")
            try directory.write(fixture + fixture.prefix(fixture.count - 6), to: "a.jsonl.\(suffix)")
            let documents = try directory.documents("a.jsonl.\(suffix)")
            #expect(documents.count > 500)
            #expect(documents.dropLast().allSatisfy { $0.problem == nil })
            let last = try #require(documents.last)
            #expect(last.problem?.code == .corruptCompression)
            #expect(last.header.id == "a.jsonl.\(suffix):\(documents.count)")
        }
    }

    @Test(arguments: [
        ("lines.txt.gz", 0, "incorrect header check"), ("lines.txt.gz", 6890, "incorrect data check"),
        ("lines.txt.gz", 6893, "incorrect length check"), ("lines.txt.zst", 0, "Unknown frame descriptor"),
        ("lines.txt.zst", 3350, "Restored data doesn't match checksum"),
    ])
    func damageIsNamedInTheWordsOfTheLibrary(name: String, offset: Int, message: String) throws {
        var bytes = try Self.fixture(name)
        bytes[offset] ^= 0x10
        try directory.write(bytes, to: name)
        #expect(
            try directory.documents(name).map(\.problem) == [
                InputProblem(.corruptCompression, "cannot decompress \(directory.path)/\(name): \(message)")
            ])
    }

    @Test func whatFollowsAMemberMustBeAnother() throws {
        try directory.write(Self.fixture("lines.txt.gz") + Array("garbage".utf8), to: "a.txt.gz")
        #expect(
            try directory.documents("a.txt.gz").map(\.problem?.message) == [
                "cannot decompress \(directory.path)/a.txt.gz: incorrect header check"
            ])
    }

    /// Made with `--long=30`: decoding it would take 1 GiB.
    @Test func aWindowBeyondTheLimitIsRefused() throws {
        #expect(
            try read("huge-window.txt.zst").map(\.problem) == [
                InputProblem(
                    .unreadable,
                    "cannot decompress \(directory.path)/huge-window.txt.zst: its window is 1073741824 bytes, and "
                        + "134217728 are allowed: '--memory 1024M' allows it")
            ])
    }

    @Test func extensionsAreReadFromTheEnd() throws {
        for name in ["a.md.GZ", "b.JSONL.zst", "c.txt"] { try directory.write("", to: "d/" + name) }
        for name in ["d.gz", "e.pdf.gz", "f.gz.txt.bz2"] { try directory.write("", to: "d/" + name) }
        let files = try InputFiles([directory.input("d")])
        var cursor = files.cursor()
        var found: [InputFile] = []
        while let file = try cursor.next() { found.append(file) }
        #expect(found.map(\.asGiven) == ["d/a.md.GZ", "d/b.JSONL.zst", "d/c.txt"])
        #expect(found.map(\.kind) == [.text, .jsonl, .text])
        #expect(files.passedOver.description == "3 files passed over (.bz2, .gz)")
    }
}
