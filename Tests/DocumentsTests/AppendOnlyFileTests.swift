import Documents
import TestSupport
import Testing

@Suite struct AppendOnlyFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func appendsAndKnowsItsLength() throws {
        var file = try AppendOnlyFile(path: directory.path + "/out/deep/rows.jsonl")
        try file.append(bytes("one\n"))
        try file.append(bytes("").span)
        try file.append(bytes("two\n").span)
        try file.synchronize()
        #expect(file.length == 8)
        #expect(try directory.bytes("out/deep/rows.jsonl") == bytes("one\ntwo\n"))
    }

    @Test func openingCutsWhatWasNotRecorded() throws {
        let path = try directory.write("one\ntwo\nhalf a ro", to: "rows.jsonl")
        var file = try AppendOnlyFile(path: path, keeping: 8)
        #expect(file.length == 8)
        try file.append(bytes("three\n"))
        #expect(try directory.bytes("rows.jsonl") == bytes("one\ntwo\nthree\n"))
    }

    @Test func truncationTakesBackAnAppend() throws {
        var file = try AppendOnlyFile(path: directory.path + "/rows.jsonl")
        try file.append(bytes("one\ntwo"))
        try file.truncate(to: 4)
        try file.append(bytes("2\n"))
        #expect(file.length == 6)
        #expect(try directory.bytes("rows.jsonl") == bytes("one\n2\n"))
    }

    @Test func aFileShorterThanRecordedIsRefused() throws {
        let path = try directory.write("one\n", to: "rows.jsonl")
        let error = try #require(throws: FileError.self) { _ = try AppendOnlyFile(path: path, keeping: 8) }
        #expect(
            error.description == "cannot open \(path): it has 4 bytes, fewer than the 8 recorded as written")
        #expect(!error.meansCannotCreate)
        #expect(try directory.bytes("rows.jsonl") == bytes("one\n"), "a refused file is left as it was")
    }

    @Test func aFullDiskIsAWriteErrorThatNamesTheFile() throws {
        var file = try AppendOnlyFile(path: "/dev/full")
        let row = bytes("row\n")
        var caught: FileError?
        do { try file.append(row) } catch { caught = error }
        let error = try #require(caught)
        #expect(error.description == "cannot write /dev/full: No space left on device")
        #expect(!error.meansCannotCreate)
        #expect(file.length == 0)
        try file.synchronize()
    }

    @Test(arguments: [
        ("", "Is a directory"),
        ("/file/rows.jsonl", "Not a directory"),
        ("/" + String(repeating: "x", count: 300), "File name too long"),
    ])
    func anOutputThatCannotBeCreatedSaysWhy(suffix: String, reason: String) throws {
        try directory.write("", to: "file")
        let path = directory.path + suffix
        let error = try #require(throws: FileError.self) { _ = try AppendOnlyFile(path: path) }
        #expect(error.description == "cannot create \(path): \(reason)")
        #expect(error.meansCannotCreate)
    }

    @Test(arguments: [
        (13, "Permission denied"), (28, "No space left on device"), (30, "Read-only file system"),
        (5, "Input/output error"),
    ])
    func reasonsAreThoseOfTheSystem(code: Int32, text: String) {
        let error = FileError(.create, "out/rows.jsonl", .system(code: code))
        #expect(error.description == "cannot create out/rows.jsonl: \(text)")
    }
}
