import Foundation
import TestSupport
import Testing

/// `embed.text`: the text of each window in its row.
@Suite struct WindowTextTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private struct Row: Decodable {
        let byteStart: Int?
        let byteEnd: Int?
        let text: String?
    }

    /// A character belongs to the window in which its first byte lies.
    @Test(arguments: [1, 3, 4096]) func theTextsOfWindowsMakeTheDocument(every: Int) throws {
        let text = "\u{FEFF}“Naïve” 🐳 e\u{301} 日本語 \r\n" + Documents.text(words: 600, seed: 4) + "🐳"
        try directory.write(text, to: "a.txt")
        let job = try directory.writeJob(
            "embed", input: "a.txt", options: "embed: {every: \(every), text: true}")
        let ended = try Longscan.run(["run", job])
        #expect(ended.status == 0, "\(ended.errors)")
        let rows: [Row] = try directory.rows("rows.jsonl")
        let file = Array(text.utf8)
        #expect(Array(rows.map { $0.text ?? "" }.joined().utf8) == Array(file.dropFirst(3)))
        func characterStart(_ place: Int) -> Int {
            file[place...].firstIndex { $0 & 0xC0 != 0x80 } ?? file.count
        }
        for row in rows {
            let (start, end) = (try #require(row.byteStart), try #require(row.byteEnd))
            let expected = file[characterStart(start)..<characterStart(end)]
            #expect(row.text.map { Array($0.utf8) } == Array(expected))
        }
        if every == 1 {
            #expect(rows.contains { $0.text == "" }, "a window that begins and ends within a character")
        }
    }

    @Test func aDocumentOfTokensHasNoText() throws {
        try directory.write(Documents.line("d", tokens: [300, 301, 302]), to: "documents.jsonl")
        let job = try directory.writeJob("embed", options: "embed: {every: 2, text: true}")
        let ended = try Longscan.run(["run", job])
        #expect(ended.status == 0, "\(ended.errors)")
        let rows: [Row] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.text) == [nil, nil])
    }
}
