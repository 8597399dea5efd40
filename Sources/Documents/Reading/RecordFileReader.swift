internal import Bytes
internal import Jobs

/// A reader of a file of records (``InputFormat``), each of which is a document. Blank records are skipped.
///
/// A record is decoded as a whole, so memory follows the longest record, whose length is limited.
struct RecordFileReader: ~Copyable, Sendable {
    private let file: InputFile
    private let limits: DocumentReader.Limits
    private let vocabularySize: Int?
    private var records: RecordReader?
    private var columns: CSVColumns?
    private var isFinished = false
    /// The rest of the current text.
    private var text: ArraySlice<UInt8> = []
    private var tokens: ArraySlice<Int32> = []
    /// The contents after the current text.
    private var contents: ArraySlice<DocumentLine.Content> = []
    private var isInDocument = false
    /// The SHA-256 of the current document: of its record, or in a CSV file of its text, because the header affects it.
    private(set) var documentDigest = ""

    init(_ file: InputFile, limits: DocumentReader.Limits, vocabularySize: Int?) {
        self.file = file
        self.limits = limits
        self.vocabularySize = vocabularySize
    }

    var bytesRead: Int {
        switch records {
        case .some(let records): records.bytesRead
        case .none: 0
        }
    }

    /// The SHA-256 of the whole file; `nil` if it cannot be read to its end.
    mutating func sha256() -> String? {
        if records == nil { return nil }
        return records!.sha256()
    }

    /// - Parameter ordinal: the ordinal of the document, if one begins.
    /// - Throws: `FileError` if transient. The next call continues at the same place.
    mutating func next(ordinal: Int) throws(FileError) -> DocumentEvent? {
        if isInDocument { return nextPiece() }
        guard !isFinished else { return nil }
        do throws(ReadingFailure) {
            if records == nil { records = try RecordReader(file, limits: limits) }
            while let record = try records!.next() {
                if let event = begin(record, ordinal) { return event }
            }
            isFinished = true
            guard let problem = records?.problemAtEnd else { return nil }
            return .rejected(header(ordinal, line: records?.line ?? 1), InputProblem(.invalidJSON, problem))
        } catch {
            switch error {
            case .environment(let error):
                throw error
            case .document(let problem):
                isFinished = true
                return .rejected(header(ordinal, line: records?.line ?? 1), problem)
            }
        }
    }

    /// Skips the rest of the current document.
    mutating func skipDocument() {
        isInDocument = false
        text = []
        tokens = []
        contents = []
    }

    /// The first event of a record; `nil` for a record without document, such as a blank line.
    private mutating func begin(_ record: RecordReader.Record, _ ordinal: Int) -> DocumentEvent? {
        guard let bytes = record.bytes else {
            let problem = InputProblem(.lineTooLong, "line \(record.line): longer than \(limits.lineBytes) bytes")
            return .rejected(header(ordinal, line: record.line), problem)
        }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) { return nil }
        var document = DocumentLine(of: file, vocabularySize: vocabularySize)
        do throws(DocumentLine.Failure) {
            guard try read(bytes, to: &document) else { return nil }
        } catch {
            let problem = InputProblem(error.code, "\(Self.place(of: error.offset, in: record)): \(error.message)")
            // A CSV file cannot be read without its header.
            isFinished = file.kind == .csv && columns == nil
            return .rejected(header(ordinal, document, of: bytes, line: record.line), problem)
        }
        contents = document.contents[...]
        takeNextContent()
        isInDocument = true
        documentDigest = Documents.sha256(file.kind == .csv ? Array(text) : bytes)
        return .begin(header(ordinal, document, of: bytes, line: record.line))
    }

    private mutating func takeNextContent() {
        switch contents.popFirst() {
        case .text(let bytes): text = bytes[...]
        case .tokens(let ids): tokens = ids[...]
        case nil: break
        }
    }

    /// - Returns: whether the record is a document.
    private mutating func read(
        _ record: [UInt8], to document: inout DocumentLine
    ) throws(DocumentLine.Failure) -> Bool {
        switch file.kind {
        case .jsonl, .json:
            try document.read(record)
        case .text, .lines:
            try DocumentLine.validate(record)
            document.take(id: nil, text: record)
        case .csv:
            try DocumentLine.validate(record)
            guard let columns else {
                columns = try CSVColumns(header: record, of: file)
                return false
            }
            let (id, text) = try columns.document(in: record)
            document.take(id: id, text: text)
        case .fasta:
            try DocumentLine.validate(record)
            let (id, text) = try FASTASequence.document(in: record)
            document.take(id: id, text: text)
        }
        return true
    }

    private static func place(of offset: Int, in record: RecordReader.Record) -> String {
        let before = record.bytes?.prefix(offset) ?? []
        guard let last = before.lastIndex(of: UInt8(ascii: "\n")) else {
            return "line \(record.line), column \(record.column + offset + 1)"
        }
        return "line \(record.line + before.count { $0 == UInt8(ascii: "\n") }), column \(offset - last)"
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

    /// The end of the scalar that contains the piece's last byte.
    private func endOfPiece() -> Int {
        var end = text.startIndex + min(limits.pieceBytes, text.count)
        while end < text.endIndex, text[end].continuesScalar { end += 1 }
        return end
    }

    /// - Parameter bytes: the bytes of the document's record.
    private func header(
        _ ordinal: Int, _ document: DocumentLine? = nil, of bytes: [UInt8] = [], line: Int
    ) -> DocumentHeader {
        let source = "\(file.asGiven):\(line)"
        let content: DocumentHeader.Content = if case .tokens = document?.contents.first { .tokens } else { .text }
        return DocumentHeader(
            ordinal: ordinal, id: document?.id ?? source, sample: document?.sample, source: source, content: content,
            texts: max(1, document?.contents.count ?? 1), request: document?.request,
            // The name is a digest of the line, so an equal line has the same name everywhere.
            batchID: document?.isBatchLine == true ? String(Documents.sha256(bytes).prefix(24)) : nil)
    }
}
