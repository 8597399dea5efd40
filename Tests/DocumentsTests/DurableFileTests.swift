import Documents
import FoundationEssentials
import TestSupport
import Testing

@Suite struct DurableFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    @Test func replacesAFileWhole() throws {
        let path = try directory.write("old and longer", to: "manifest.json")
        try DurableFile.replace(path, with: Array("new".utf8))
        #expect(try directory.bytes("manifest.json") == Array("new".utf8))
        #expect(try names() == ["manifest.json"])
    }

    @Test func directoriesAreMade() throws {
        try DurableFile.replace(directory.path + "/a/b/state", with: [1, 2, 3])
        #expect(try directory.bytes("a/b/state") == [1, 2, 3])
    }

    @Test func withoutCommitTheOldFileStays() throws {
        let path = try directory.write("old", to: "manifest.json")
        do {
            let file = try DurableFile(path: path)
            try file.append(Array("half".utf8))
        }
        #expect(try directory.bytes("manifest.json") == Array("old".utf8))
        #expect(try names() == ["manifest.json"])
    }

    @Test func whatACrashLeftIsOverwritten() throws {
        try directory.write("left by a crash, and longer", to: "manifest.json.new")
        try DurableFile.replace(directory.path + "/manifest.json", with: Array("new".utf8))
        #expect(try directory.bytes("manifest.json") == Array("new".utf8))
        #expect(try names() == ["manifest.json"])
    }

    @Test func renamingOverADirectoryIsAnErrorAndLeavesNothingBehind() throws {
        try directory.write("", to: "state/inside")
        let path = directory.path + "/state"
        let error = try #require(throws: FileError.self) { try DurableFile.replace(path, with: [1]) }
        #expect(error.description == "cannot rename \(path): Is a directory")
        #expect(try names() == ["state"])
    }
}
