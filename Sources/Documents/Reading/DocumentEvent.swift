/// The name and the source of a document.
public struct DocumentHeader: Sendable, Equatable {
    public enum Content: String, Sendable, Codable { case text, tokens }

    /// The number of the document among all inputs from 0. Bad documents are counted too.
    public let ordinal: Int
    /// The id: a text file's path as given, or a record's id, with an integer in decimal. A record without id has
    /// `FILE:LINE`.
    public let id: String
    /// The file as given, or `FILE:LINE`.
    public let source: String
    /// The `"sample"` of a line that is a row of a `generate` job. Documents are distinguished by id and sample.
    public let sample: Int?
    public let content: Content
    /// The number of texts or token sequences, each processed from a fresh state: 1, or several for an OpenAI batch
    /// line.
    public let texts: Int
    /// The length of a byte order mark before the text: 3 or 0. A row's byte positions include it, so they are
    /// positions in the file. A row's number of bytes does not include it.
    public let byteOffset: Int
    /// The request of an OpenAI batch line. Its rows have OpenAI's format.
    public let request: BatchRequest?
    /// The name of an OpenAI batch line's row, even if the request is invalid. An equal line has the same name
    /// everywhere. `nil` for other documents.
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
    /// The id and the sample, for messages.
    public var name: String { "id '\(id)'" + (sample.map { " and sample \($0)" } ?? "") }

    /// The unique identity of the document within a job: the id and the sample. A document without a sample is sample
    /// 0.
    ///
    /// U+0001 precedes the sample and is doubled in an id, so an id with a sample never equals another id.
    public var identity: String {
        let mark = "\u{1}"
        let escaped = id.utf8.contains(1) ? id.replacing(mark, with: mark + mark) : id
        guard let sample, sample > 0 else { return escaped }
        return escaped + mark + String(sample)
    }
}

/// An event of a `DocumentReader`, in the order of the inputs.
///
/// A document is `begin`, any number of `text` or `tokens`, and `end` or `abandoned`; or `rejected` alone. `nextText`
/// separates the texts of a document.
public enum DocumentEvent: Sendable, Equatable {
    case begin(DocumentHeader)
    /// The next bytes of the text: complete scalars of valid UTF-8 without NUL.
    case text([UInt8])
    /// The next token ids: nonnegative, and below the vocabulary size if the reader was given one.
    case tokens([Int32])
    /// The end of one of the document's texts, if another text follows.
    case nextText
    case end
    /// The end of a bad document, which becomes an error row.
    case abandoned(InputProblem)
    /// A document that never began. Unreadable fields of its header have default values.
    case rejected(DocumentHeader, InputProblem)
}
