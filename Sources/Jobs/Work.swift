/// One piece of work on a document.
public enum Work: Sendable, Equatable {
    /// Read these tokens of the document, which follow those of the work before. After its last ones another text of it
    /// may follow.
    case read(tokens: [Int32], isLast: Bool)
    /// Generate tokens of a sample, after the document or where the work before stopped.
    case generate(sample: Int, atMost: Int)

    public var tokensToRead: Int { if case .read(let tokens, _) = self { tokens.count } else { 0 } }
}
