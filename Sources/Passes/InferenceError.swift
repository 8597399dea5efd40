public import Jobs

/// An error of one document: it becomes an error row, and the job goes on.
public enum InferenceError: Error, Equatable, CustomStringConvertible {
    /// The document has no tokens, and so no embedding, score or continuation.
    case emptyDocument
    /// A token id is outside of the vocabulary.
    case tokenOutOfRange(Int32, position: Int, vocabularySize: Int)
    /// Stop strings are searched in the bytes of tokens, and the model was opened without a tokenizer.
    case stopStringsWithoutTokenizer
    /// Tokens are to be scored or generated, and the model has no head.
    case noHead
    /// A step does not continue the document. A coordinator of this program does not ask for one.
    case outOfOrder(reason: String)
    /// A number in the model's output is not finite: its weights or the arithmetic are broken.
    case notFinite(position: Int)

    /// The code of the document's error row.
    public var code: ProblemCode {
        switch self {
        case .emptyDocument: .emptyDocument
        case .tokenOutOfRange: .tokenOutOfRange
        case .stopStringsWithoutTokenizer: .noTokenizer
        case .noHead: .noHead
        case .outOfOrder: .failed
        case .notFinite: .notFinite
        }
    }

    public var description: String {
        switch self {
        case .emptyDocument: "the document has no tokens"
        case .tokenOutOfRange(let token, let position, let size):
            "token \(token) at position \(position) is not in the model's vocabulary of \(size)"
        case .stopStringsWithoutTokenizer: "stop strings need a tokenizer, and the model has none"
        case .noHead: "the model has no head (lm_head.weight): it can only give embeddings"
        case .outOfOrder(let reason): "a step that does not follow: \(reason)"
        case .notFinite(let position): "the model's output after token \(position) is not finite"
        }
    }
}
