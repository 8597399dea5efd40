/// What a document is called and where it lies.
public struct DocumentHeader: Sendable, Equatable {
    public enum Content: String, Sendable, Codable { case text, tokens }

    /// Counts the documents of all inputs from 0, those that turn out bad included.
    public let ordinal: Int
    /// A text file's path as given; the id that a record has, an integer written in decimal; or `FILE:LINE` where it has
    /// none.
    public let id: String
    /// File as given, or `FILE:LINE`.
    public let source: String
    public let content: Content
    /// Bytes before the text that are not part of it: 3 where a text file starts with a byte order mark, else 0. A row's
    /// byte positions count from it, so that they are positions in the file; its number of bytes is that of the text.
    public let byteOffset: Int
    /// What an OpenAI batch line asks for; its rows are written as OpenAI writes them.
    public let request: BatchRequest?
    /// Whether it is an OpenAI batch line, also where its request could not be read.
    public let isBatchLine: Bool
}

/// What a `DocumentReader` meets, in the order of the inputs.
///
/// A document is `begin`, then any number of `text` or `tokens`, then `end` or `abandoned`; or it is `rejected` alone.
public enum DocumentEvent: Sendable, Equatable {
    case begin(DocumentHeader)
    /// The next bytes of the text: whole scalars of valid UTF-8 without NUL.
    case text([UInt8])
    /// The next token ids: not negative, and below the vocabulary size if the reader was given one.
    case tokens([Int32])
    case end
    /// The document that began is bad: it becomes an error row.
    case abandoned(InputProblem)
    /// A document that never began. What could not be read of its header is the default.
    case rejected(DocumentHeader, InputProblem)
}
