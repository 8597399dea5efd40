internal import Jobs

/// A reader of the documents of a job's inputs, in order and in pieces. Memory follows neither the size of a file nor
/// the number of documents.
///
/// The bytes of a text file are unchanged, line ends included, except for a byte order mark at its start. A bad
/// document is an event, and reading continues after it. Thrown errors concern the list of inputs or the machine; the
/// next call continues at the same place.
public struct DocumentReader: ~Copyable, Sendable {
    public struct Limits: Sendable {
        /// The number of bytes read from a file at once. A piece of text may be up to 3 bytes longer.
        public var pieceBytes = 64 << 10
        public var pieceTokens = 16 << 10
        /// The length limit of a line or other record, which is decoded as a whole.
        public var lineBytes = 256 << 20
        /// The limit of a zstd frame's window, which is held in memory. The value is libzstd's default.
        public var windowBytes = 128 << 20
        public var failure: InjectedFailure?

        public init() {}
    }

    private let limits: Limits
    private let vocabularySize: Int?
    private var files: any InputFileList
    private var ordinal = 0
    /// Whether every file is read to its end for its digest.
    private let takesDigests: Bool
    /// The index of the open file among the inputs.
    private var place = -1
    private var file: InputFile?
    private var digests: [Int: String] = [:]
    /// The bytes of the finished files.
    private var bytesBefore = 0
    /// The size of the open file in the list of inputs.
    private var fileSize: Int?
    private var text: TextFileReader?
    private var records: RecordFileReader?

    /// Reads all documents.
    ///
    /// - Parameters:
    ///   - vocabularySize: the exclusive limit of token ids; `nil` if the caller checks them.
    ///   - takesDigests: whether every file is read to its end, for ``takeDigests()``.
    public init(
        _ files: any InputFileList, vocabularySize: Int? = nil, takesDigests: Bool = false, limits: Limits = Limits()
    ) {
        self.limits = limits
        self.vocabularySize = vocabularySize
        self.takesDigests = takesDigests
        self.files = files
    }

    /// Reads all documents of listed inputs.
    public init(_ files: InputFiles, vocabularySize: Int? = nil, limits: Limits = Limits()) {
        self.init(files.cursor(), vocabularySize: vocabularySize, limits: limits)
    }

    /// The bytes read so far, to be compared with `InputFiles.byteCount`. A finished file counts as a whole, even if
    /// its rest was skipped.
    public var bytesRead: Int {
        bytesBefore.addingSaturating(bytesReadOfFile)
    }

    /// The hexadecimal SHA-256 of the current document's bytes: of its record, or of its file on disk.
    /// - Returns: `nil` for a file whose digest is unknown before its end is read.
    public mutating func documentDigest() -> String? {
        if text != nil { return file?.knownDigest ?? (takesDigests ? text!.sha256() : nil) }
        return records?.documentDigest
    }

    /// The SHA-256 of the files read since the last call, by their index among the inputs. Unreadable files, and files
    /// whose digest was known, are omitted.
    public mutating func takeDigests() -> [Int: String] {
        defer { digests = [:] }
        return digests
    }

    /// The next event; `nil` at the end of all inputs.
    ///
    /// After a transient error (``InputError/isOfEnvironment``) the call can be repeated without loss.
    /// - Throws: `InputError`, or another error that prevents reading the list of inputs further.
    public mutating func next() throws -> DocumentEvent? {
        while true {
            if let event = try nextOfFile() {
                count(event)
                return event
            }
            close()
            guard let file = try files.next() else { return nil }
            place += 1
            open(file)
        }
    }

    /// Skips the rest of the current document without validation. The next event is that of the next document.
    public mutating func skipDocument() {
        records?.skipDocument()
        if text != nil { close() }
    }

    private var bytesReadOfFile: Int {
        let ofText =
            switch text {
            case .some(let text): text.bytesRead
            case .none: 0
            }
        let ofRecords =
            switch records {
            case .some(let records): records.bytesRead
            case .none: 0
            }
        return ofText + ofRecords
    }

    private mutating func nextOfFile() throws(InputError) -> DocumentEvent? {
        do throws(FileError) {
            if text != nil { return try text!.next() }
            if records != nil { return try records!.next(ordinal: ordinal) }
            return nil
        } catch {
            throw .environment(error)
        }
    }

    private mutating func count(_ event: DocumentEvent) {
        switch event {
        case .begin, .rejected: ordinal += 1
        case .text, .tokens, .nextText, .end, .abandoned: break
        }
    }

    private mutating func open(_ file: InputFile) {
        fileSize = file.size
        self.file = file
        switch file.kind {
        case .text:
            text = TextFileReader(file, ordinal: ordinal, limits: limits)
        case .lines, .jsonl, .json, .csv, .fasta:
            records = RecordFileReader(file, limits: limits, vocabularySize: vocabularySize)
        }
    }

    private mutating func close() {
        if takesDigests, let file, file.knownDigest == nil, text != nil || records != nil {
            digests[place] = text != nil ? text!.sha256() : records!.sha256()
        }
        file = nil
        bytesBefore = bytesBefore.addingSaturating(fileSize ?? bytesReadOfFile)
        fileSize = nil
        text = nil
        records = nil
    }
}

extension Int {
    /// The sum, limited to the largest integer. Sizes that files report may be wrong.
    func addingSaturating(_ other: Int) -> Int {
        let (sum, isMore) = addingReportingOverflow(other)
        return isMore ? .max : sum
    }
}
