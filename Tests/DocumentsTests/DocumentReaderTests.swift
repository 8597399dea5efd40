import Documents
import FoundationEssentials
import Jobs
import TestSupport
import Testing

/// What both kinds of files have in common: order, numbers, places, reading again, bad files.
@Suite struct DocumentReaderTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func documentsOfAllInputsAreNumberedInOrder() throws {
        try directory.write("first", to: "b.txt")
        try directory.write("{\"id\":\"x\",\"text\":\"second\"}\n{]\n\n{\"tokens\":[4,5]}\n", to: "a.jsonl")
        try directory.write([0xFF], to: "c/bad.md")
        try directory.write("last", to: "c/good.md")
        let documents = try directory.documents("b.txt", "a.jsonl", "c/*")
        #expect(documents.map(\.header.ordinal) == [0, 1, 2, 3, 4, 5])
        #expect(documents.map(\.header.id) == ["b.txt", "x", "a.jsonl:2", "a.jsonl:4", "c/bad.md", "c/good.md"])
        #expect(
            documents.map(\.header.source) == [
                "b.txt", "a.jsonl:1", "a.jsonl:2", "a.jsonl:4", "c/bad.md", "c/good.md",
            ])
        #expect(documents.map(\.problem?.code) == [nil, nil, .invalidJSON, nil, .invalidUTF8, nil])
        #expect(documents.map(\.header.content) == [.text, .text, .text, .tokens, .text, .text])
        #expect(documents.map(\.text) == ["first", "second", "", "", "", "last"])
        #expect(documents[3].tokens == [4, 5])
    }

    @Test func bytesReadReachTheSizeOfTheInputs() throws {
        try directory.write("first", to: "b.txt")
        try directory.write("{\"text\":\"second\"}\n\n", to: "a.jsonl")
        let files = try InputFiles(["b.txt", "a.jsonl"].map(directory.input))
        var reader = DocumentReader(files)
        #expect(reader.bytesRead == 0)
        while try reader.next() != nil {}
        #expect(reader.bytesRead == files.byteCount)
        #expect(files.byteCount == 24)
        #expect(try reader.next() == nil)
    }

    @Test func skippingGoesOnWithTheNextDocument() throws {
        try directory.write("first text", to: "a.txt")
        try directory.write("{\"text\":\"second\"}\n{\"tokens\":[1,2]}\n{\"text\":\"fourth\"}\n", to: "b.jsonl")
        var reader = try directory.reader("a.txt", "b.jsonl", "a.txt")
        var begun: [String] = []
        while let event = try reader.next() {
            guard case .begin(let header) = event else {
                Issue.record("\(event) after a document was skipped")
                break
            }
            begun.append(header.source)
            reader.skipDocument()
        }
        #expect(begun == ["a.txt", "b.jsonl:1", "b.jsonl:2", "b.jsonl:3", "a.txt"])
    }

    @Test func aFileThatWentAwayIsARejectedDocument() throws {
        try directory.write("text", to: "a.txt")
        try directory.write("{\"text\":\"x\"}", to: "b.jsonl")
        try directory.write("text", to: "c.txt")
        var reader = try directory.reader("a.txt", "b.jsonl", "c.txt")
        try FileManager.default.removeItem(atPath: directory.path + "/a.txt")
        try FileManager.default.removeItem(atPath: directory.path + "/b.jsonl")
        let documents = try reader.documents()
        #expect(documents.map(\.header.id) == ["a.txt", "b.jsonl:1", "c.txt"])
        #expect(documents.map(\.hasBegun) == [false, false, true])
        #expect(
            documents.map(\.problem) == [
                InputProblem(.unreadable, "cannot open \(directory.path)/a.txt: No such file or directory"),
                InputProblem(.unreadable, "cannot open \(directory.path)/b.jsonl: No such file or directory"),
                nil,
            ])
    }

    @Test func aFileThatBecameADirectoryIsAnErrorRow() throws {
        try directory.write("text", to: "in/a.txt")
        try directory.write("text", to: "in/b.txt")
        var reader = try directory.reader("in")
        _ = try reader.next()
        try FileManager.default.removeItem(atPath: directory.path + "/in/b.txt")
        try directory.write("", to: "in/b.txt/inside")
        reader.skipDocument()
        #expect(try reader.documents().map(\.problem?.code) == [.inputChanged])
    }
}
