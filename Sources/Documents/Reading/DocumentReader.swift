/// Reads the documents of a job's inputs one after the other, in pieces: memory follows neither the size of a file nor
/// the number of documents.
///
/// A text file's bytes are handed out as they are, line ends too, but for a byte order mark at its start. A bad document
/// is an event, and reading goes on after it; the errors thrown concern the list of inputs.
public struct DocumentReader: ~Copyable, Sendable {
    public struct Limits: Sendable, Equatable {
        /// Bytes read from a file at once, which a piece of text exceeds by 3 at most.
        public var pieceBytes = 64 << 10
        public var pieceTokens = 16 << 10
        /// The longest line of JSON Lines, which is decoded as a whole.
        public var lineBytes = 256 << 20

        public init() {}
    }

    private let limits: Limits
    private let vocabularySize: Int?
    private var files: any InputFileList
    private var ordinal: Int
    /// Whether every file is read to its end for its digest.
    private let takesDigests: Bool
    /// Place of the open file among the inputs.
    private var place = -1
    private var file: InputFile?
    private var digests: [Int: String] = [:]
    /// Of the files that are done.
    private var bytesBefore = 0
    /// Of the file that is open, as the list of inputs has it.
    private var fileSize: Int?
    private var text: TextFileReader?
    private var lines: JSONLinesReader?
    /// Whether reading stops after a document.
    private let isSingle: Bool

    /// Reads all documents.
    ///
    /// - Parameters:
    ///   - vocabularySize: ids of token documents are below it; `nil`: the caller checks them.
    ///   - takesDigests: whether every file is read to its end, for ``takeDigests()``.
    public init(
        _ files: any InputFileList, vocabularySize: Int? = nil, takesDigests: Bool = false, limits: Limits = Limits()
    ) {
        self.limits = limits
        self.vocabularySize = vocabularySize
        self.takesDigests = takesDigests
        self.files = files
        ordinal = 0
        isSingle = false
    }

    /// Reads one document alone, whose place and ordinal an earlier reader gave.
    public init(
        at place: DocumentPlace, ordinal: Int, vocabularySize: Int? = nil, limits: Limits = Limits()
    ) {
        self.limits = limits
        self.vocabularySize = vocabularySize
        files = InputFileCursor([], toleratesMissing: true)
        takesDigests = false
        self.ordinal = ordinal
        isSingle = true
        open(place)
    }

    /// Bytes of the files taken so far, to be compared with `InputFiles.byteCount`. A file that is done counts whole,
    /// whether or not anybody wanted its rest.
    public var bytesRead: Int {
        bytesBefore + bytesReadOfFile
    }

    /// Reads all documents of inputs that were listed.
    public init(_ files: InputFiles, vocabularySize: Int? = nil, limits: Limits = Limits()) {
        self.init(files.cursor(), vocabularySize: vocabularySize, limits: limits)
    }

    /// SHA-256 of the bytes of the document that began, in hexadecimal: of its line without line end, or of its file as
    /// it lies on disk.
    /// - Returns: `nil` for a file whose digest is not known before its end was read.
    public mutating func documentDigest() -> String? {
        if text != nil { return file?.knownDigest ?? (takesDigests ? text!.sha256() : nil) }
        return lines?.documentDigest
    }

    /// SHA-256 of the files that were read since the last call, by their place among the inputs; files whose digest was
    /// known are left out, and those that could not be read.
    public mutating func takeDigests() -> [Int: String] {
        defer { digests = [:] }
        return digests
    }

    /// The next event; `nil` at the end of all inputs.
    /// - Throws: why the list of inputs cannot be read on.
    public mutating func next() throws -> DocumentEvent? {
        while true {
            if let event = nextOfFile() {
                count(event)
                return event
            }
            close()
            guard let file = try files.next() else { return nil }
            place += 1
            open(DocumentPlace(file: file))
        }
    }

    /// Passes over the rest of the document that began, which nobody needs: the next event is that of the document
    /// after it. The rest is not validated.
    public mutating func skipDocument() {
        lines?.skipDocument()
        if text != nil || isSingle { close() }
    }

    private var bytesReadOfFile: Int {
        let ofText =
            switch text {
            case .some(let text): text.bytesRead
            case .none: 0
            }
        let ofLines =
            switch lines {
            case .some(let lines): lines.bytesRead
            case .none: 0
            }
        return ofText + ofLines
    }

    private mutating func nextOfFile() -> DocumentEvent? {
        if text != nil { return text!.next() }
        if lines != nil { return lines!.next(ordinal: ordinal) }
        return nil
    }

    private mutating func count(_ event: DocumentEvent) {
        switch event {
        case .begin: ordinal += 1
        case .text, .tokens, .nextText: break
        case .end, .abandoned:
            if isSingle { close() }
        case .rejected:
            ordinal += 1
            if isSingle { close() }
        }
    }

    private mutating func open(_ place: DocumentPlace) {
        fileSize = place.file.size
        file = place.file
        switch place.file.kind {
        case .text:
            text = TextFileReader(place.file, ordinal: ordinal, pieceBytes: limits.pieceBytes)
        case .jsonLines:
            lines = JSONLinesReader(place, limits: limits, vocabularySize: vocabularySize)
        }
    }

    private mutating func close() {
        if takesDigests, let file, file.knownDigest == nil, text != nil || lines != nil {
            digests[place] = text != nil ? text!.sha256() : lines!.sha256()
        }
        file = nil
        bytesBefore += fileSize ?? bytesReadOfFile
        fileSize = nil
        text = nil
        lines = nil
    }
}
