import Bytes
import Documents
import Jobs

/// The tokens and the text of an open document, as far as they were read.
///
/// Data that grows with the document is kept in spools. A large spool is a file of the work directory.
final class ReadDocument {
    let header: DocumentHeader
    let task: Job.Task
    let tokens: Spool<Int32>
    private(set) var isComplete = false
    /// The SHA-256 of the bytes of the document's record; `nil` before the record was read completely.
    private(set) var digest: String?
    /// The bytes of the text so far.
    private var byteCount = 0
    /// The part of ``byteCount`` whose tokens begin a window of scores.
    private(set) var unscoredBytes = 0
    /// The ends of windows, in bytes of the text.
    private let windowEnds: Spool<Int64>
    /// The text, if rows repeat it.
    private let text: Spool<UInt8>
    /// The ends of the document's texts, in tokens. Empty for a document of one text.
    private var textEnds: [Int] = []

    init(_ header: DocumentHeader, task: Job.Task, paths: JobPaths) {
        self.header = header
        self.task = task
        tokens = Spool(path: paths.spool(header.ordinal, "tokens"))
        windowEnds = Spool(path: paths.spool(header.ordinal, "windows"))
        text = Spool(path: paths.spool(header.ordinal, "text"))
    }

    /// Takes the next tokens of the document.
    /// - Throws: `FileError`.
    func append(_ batch: FeedBatch) throws {
        try tokens.append(batch.ids)
        try windowEnds.append(batch.windowEnds)
        try text.append(batch.text)
        textEnds += batch.textEnds
        byteCount = batch.byteCount
        unscoredBytes = batch.unscoredBytes
        isComplete = batch.isLast
        digest = batch.digest
    }

    /// Checks that the spools hold what was read.
    /// - Throws: `FileError`.
    func check() throws {
        try tokens.check()
        try windowEnds.check()
        try text.check()
    }

    /// The tokens of each text of the document that are known so far.
    var texts: [Range<Int>] {
        header.texts == 1 ? [0..<tokens.count] : zip([0] + textEnds, textEnds).map { $0..<$1 }
    }

    /// The text that contains the last of this many tokens.
    func text(ofTokens count: Int) -> TextOfDocument {
        let samples = if case .generate(let options) = task { options.samples } else { 1 }
        let isWhole = header.texts == 1 ? isComplete && count == tokens.count : textEnds.contains(count)
        return TextOfDocument(start: textEnds.last { $0 < count } ?? 0, isWhole: isWhole, samples: max(1, samples))
    }

    /// The bytes of the text; `nil` for a document that came as tokens.
    var textBytes: Int? { header.content == .text ? byteCount : nil }

    /// The bytes of a window in the text; `nil` for a document that came as tokens.
    func windowBytes(_ window: Int) throws -> Range<Int>? {
        guard header.content == .text else { return nil }
        let ends = try windowEnds.elements(max(window - 1, 0)..<window + 1)
        return (window == 0 ? 0 : Int(ends[0]))..<Int(ends[ends.count - 1])
    }

    /// Calls the body with all characters whose first bytes are in a range, in pieces that cut no character.
    func forEachPieceOfText(_ bytes: Range<Int>, _ body: ([UInt8]) throws -> Void) throws {
        let end = try characterStart(from: bytes.upperBound)
        var start = try characterStart(from: bytes.lowerBound)
        while start < end {
            let next = try characterStart(from: min(start + Self.textPieceBytes, end))
            try body(text.elements(start..<next))
            start = next
        }
    }

    private static let textPieceBytes = 64 << 10

    /// The first start of a character at or after an offset of the text.
    private func characterStart(from place: Int) throws -> Int {
        // A scalar has at most three bytes after its first.
        let bytes = try text.elements(place..<min(place + 3, text.count))
        return place + (bytes.firstIndex { !$0.continuesScalar } ?? bytes.count)
    }
}
