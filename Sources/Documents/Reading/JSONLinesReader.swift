/// Reads a file of JSON Lines: one document per line; lines of nothing but white space are passed over.
///
/// A line is decoded as a whole, so memory follows the longest line, which is limited.
struct JSONLinesReader: ~Copyable, Sendable {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let start: DocumentPlace
    private let limits: DocumentReader.Limits
    private let vocabularySize: Int?
    private var lines: LineReader?
    private var isFinished = false
    /// What is left to hand out of the document that began.
    private var text: ArraySlice<UInt8> = []
    private var tokens: ArraySlice<Int32> = []
    /// What comes after that.
    private var contents: ArraySlice<DocumentLine.Content> = []
    private var isInDocument = false
    /// SHA-256 of the line of the document that began.
    private(set) var documentDigest = ""

    /// - Parameter start: where reading begins: the file's first line or a later one.
    init(_ start: DocumentPlace, limits: DocumentReader.Limits, vocabularySize: Int?) {
        self.start = start
        self.limits = limits
        self.vocabularySize = vocabularySize
    }

    var bytesRead: Int {
        switch lines {
        case .some(let lines): lines.bytesRead
        case .none: 0
        }
    }

    /// SHA-256 of the whole file; `nil` if it cannot be read to its end.
    mutating func sha256() -> String? {
        if lines == nil { return nil }
        return lines!.sha256()
    }

    /// - Parameter ordinal: of the document that begins, if one does.
    mutating func next(ordinal: Int) -> DocumentEvent? {
        if isInDocument { return nextPiece() }
        guard !isFinished else { return nil }
        do throws(InputProblem) {
            if lines == nil { lines = try LineReader(start, readBytes: limits.pieceBytes, limit: limits.lineBytes) }
            while let line = try lines!.next() {
                if let event = begin(line, ordinal) { return event }
            }
            isFinished = true
            return nil
        } catch {
            isFinished = true
            let place = lines?.place ?? (start.line, start.offset)
            return .rejected(header(ordinal, place: place), error)
        }
    }

    /// Ends the document that began; its rest is not handed out.
    mutating func skipDocument() {
        isInDocument = false
        text = []
        tokens = []
        contents = []
    }

    /// `nil` for a blank line.
    private mutating func begin(_ line: LineReader.Line, _ ordinal: Int) -> DocumentEvent? {
        let place = (line.number, line.offset)
        guard var bytes = line.bytes else {
            let problem = InputProblem(
                .lineTooLong, "line \(line.number): longer than \(limits.lineBytes) bytes")
            return .rejected(header(ordinal, place: place), problem)
        }
        if line.offset == 0, bytes.starts(with: Self.byteOrderMark) {
            bytes.removeFirst(Self.byteOrderMark.count)
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return nil }
        var document = DocumentLine(vocabularySize: vocabularySize)
        do throws(DocumentLine.Failure) {
            try document.read(bytes)
        } catch {
            let problem = InputProblem(
                error.code, "line \(line.number), column \(error.offset + 1): \(error.message)")
            return .rejected(header(ordinal, document, of: bytes, place: place), problem)
        }
        contents = document.contents[...]
        takeNextContent()
        isInDocument = true
        documentDigest = Documents.sha256(bytes)
        return .begin(header(ordinal, document, of: bytes, place: place))
    }

    private mutating func takeNextContent() {
        switch contents.popFirst() {
        case .text(let bytes): text = bytes[...]
        case .tokens(let ids): tokens = ids[...]
        case nil: break
        }
    }

    private mutating func nextPiece() -> DocumentEvent {
        if !text.isEmpty {
            let piece = text.prefix(upTo: endOfPiece())
            text = text[piece.endIndex...]
            return .text(Array(piece))
        }
        if !tokens.isEmpty {
            let piece = tokens.prefix(limits.pieceTokens)
            tokens = tokens[piece.endIndex...]
            return .tokens(Array(piece))
        }
        if !contents.isEmpty {
            takeNextContent()
            return .nextText
        }
        skipDocument()
        return .end
    }

    /// The end of the scalar that the piece's last byte belongs to.
    private func endOfPiece() -> Int {
        var end = text.startIndex + min(limits.pieceBytes, text.count)
        while end < text.endIndex, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    /// - Parameter bytes: of the line that the document is.
    private func header(
        _ ordinal: Int, _ document: DocumentLine? = nil, of bytes: [UInt8] = [], place: (line: Int, offset: Int)
    ) -> DocumentHeader {
        let source = "\(start.file.asGiven):\(place.line)"
        let content: DocumentHeader.Content = if case .tokens = document?.contents.first { .tokens } else { .text }
        return DocumentHeader(
            ordinal: ordinal, id: document?.id ?? source, sample: document?.sample, source: source, content: content,
            texts: max(1, document?.contents.count ?? 1),
            place: DocumentPlace(file: start.file, line: place.line, offset: place.offset), request: document?.request,
            // Other lines of other files have other names; the same line has its name wherever it is.
            batchID: document?.isBatchLine == true ? String(Documents.sha256(bytes).prefix(24)) : nil)
    }
}
