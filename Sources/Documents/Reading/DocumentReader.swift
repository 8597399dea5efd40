internal import Jobs

/// Reads the documents of a job's inputs one after the other, in pieces: memory follows neither the size of a file nor
/// the number of documents.
///
/// A text file's bytes are handed out as they are, line ends too, but for a byte order mark at its start. A bad
/// document is an event, and reading goes on after it; the errors thrown concern the list of inputs, or the machine:
/// after those reading goes on where it was when it is tried again.
public struct DocumentReader: ~Copyable, Sendable {
    public struct Limits: Sendable {
        /// Bytes read from a file at once, which a piece of text exceeds by 3 at most.
        public var pieceBytes = 64 << 10
        public var pieceTokens = 16 << 10
        /// The longest line or other record, which is decoded as a whole.
        public var lineBytes = 256 << 20
        /// The largest window of a zstd frame, all of which is held: what libzstd allows if it is told nothing.
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
    /// Place of the open file among the inputs.
    private var place = -1
    private var file: InputFile?
    private var digests: [Int: String] = [:]
    /// Of the files that are done.
    private var bytesBefore = 0
    /// Of the file that is open, as the list of inputs has it.
    private var fileSize: Int?
    private var text: TextFileReader?
    private var records: RecordFileReader?

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
    }

    /// Reads all documents of inputs that were listed.
    public init(_ files: InputFiles, vocabularySize: Int? = nil, limits: Limits = Limits()) {
        self.init(files.cursor(), vocabularySize: vocabularySize, limits: limits)
    }

    /// Bytes of the files taken so far, to be compared with `InputFiles.byteCount`. A file that is done counts whole,
    /// whether or not anybody wanted its rest.
    public var bytesRead: Int {
        bytesBefore.addingSaturating(bytesReadOfFile)
    }

    /// SHA-256 of the bytes of the document that began, in hexadecimal: of its record, or of its file as it lies on
    /// disk.
    /// - Returns: `nil` for a file whose digest is not known before its end was read.
    public mutating func documentDigest() -> String? {
        if text != nil { return file?.knownDigest ?? (takesDigests ? text!.sha256() : nil) }
        return records?.documentDigest
    }

    /// SHA-256 of the files that were read since the last call, by their place among the inputs; files whose digest was
    /// known are left out, and those that could not be read.
    public mutating func takeDigests() -> [Int: String] {
        defer { digests = [:] }
        return digests
    }

    /// The next event; `nil` at the end of all inputs.
    ///
    /// After an error of the environment (``InputError/isOfEnvironment``) nothing is lost: it can be called again.
    /// - Throws: why the list of inputs cannot be read on; `InputError`.
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

    /// Passes over the rest of the document that began, which nobody needs: the next event is that of the document
    /// after it. The rest is not validated.
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
    /// A sum of what files say of themselves, which may be more than there is of anything.
    func addingSaturating(_ other: Int) -> Int {
        let (sum, isMore) = addingReportingOverflow(other)
        return isMore ? .max : sum
    }
}
