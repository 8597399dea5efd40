/// What a document is called and where it lies.
public struct DocumentHeader: Sendable, Equatable {
    public enum Content: String, Sendable, Codable { case text, tokens }

    /// Counts the documents of all inputs from 0, those that turn out bad included.
    public let ordinal: Int
    /// A text file's path as given; the id that a record has, an integer written in decimal; or `FILE:LINE` where it
    /// has none.
    public let id: String
    /// File as given, or `FILE:LINE`.
    public let source: String
    /// Of a line that is a row of a `generate` job: the row's `"sample"`. Documents are told apart by id and sample.
    public let sample: Int?
    public let content: Content
    /// Texts, or sequences of tokens, that it is made of, each read from its own beginning: 1, or as many as an OpenAI
    /// batch line has.
    public let texts: Int
    /// Bytes before the text that are not part of it: 3 where a text file starts with a byte order mark, else 0. A
    /// row's byte positions count from it, so that they are positions in the file; its number of bytes is that of the
    /// text.
    public let byteOffset: Int
    /// What an OpenAI batch line asks for; its rows are written as OpenAI writes them.
    public let request: BatchRequest?
    /// What the row of an OpenAI batch line is called, also where its request could not be read: the same line has
    /// the same name wherever it is. `nil`: it is no such line.
    public let batchID: String?

    init(
        ordinal: Int, id: String, sample: Int? = nil, source: String, content: Content, texts: Int = 1,
        byteOffset: Int = 0, request: BatchRequest? = nil, batchID: String? = nil
    ) {
        self.ordinal = ordinal
        self.id = id
        self.sample = sample
        self.source = source
        self.content = content
        self.texts = texts
        self.byteOffset = byteOffset
        self.request = request
        self.batchID = batchID
    }
}

extension DocumentHeader {
    /// Id and sample, for messages.
    public var name: String { "id '\(id)'" + (sample.map { " and sample \($0)" } ?? "") }

    /// Tells the document from all others of a job, by its bytes: the id, and where there is one the sample. A document
    /// without a sample is sample 0.
    ///
    /// The sample comes behind U+0001, which is doubled in an id: so no id with a sample is another one's id.
    public var identity: String {
        let mark = "\u{1}"
        let escaped = id.utf8.contains(1) ? id.replacing(mark, with: mark + mark) : id
        guard let sample, sample > 0 else { return escaped }
        return escaped + mark + String(sample)
    }
}

/// What a `DocumentReader` meets, in the order of the inputs.
///
/// A document is `begin`, then any number of `text` or `tokens`, then `end` or `abandoned`; or it is `rejected` alone.
/// Where it is made of several texts, `nextText` stands between them.
public enum DocumentEvent: Sendable, Equatable {
    case begin(DocumentHeader)
    /// The next bytes of the text: whole scalars of valid UTF-8 without NUL.
    case text([UInt8])
    /// The next token ids: not negative, and below the vocabulary size if the reader was given one.
    case tokens([Int32])
    /// One of the document's texts is whole, and another one follows.
    case nextText
    case end
    /// The document that began is bad: it becomes an error row.
    case abandoned(InputProblem)
    /// A document that never began. What could not be read of its header is the default.
    case rejected(DocumentHeader, InputProblem)
}
