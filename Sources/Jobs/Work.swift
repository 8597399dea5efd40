/// One piece of work on a document.
public enum Work: Sendable, Equatable {
    /// Read the next tokens of the document. Another text of the document may follow its last tokens.
    case read(tokens: [Int32], isLast: Bool)
    /// Generate tokens of a sample, after the document or after the previous work.
    case generate(sample: Int, atMost: Int)

    public var tokensToRead: Int { if case .read(let tokens, _) = self { tokens.count } else { 0 } }
}
