public import Jobs

/// One document cannot be worked on: it becomes an error row, and the job goes on.
public enum InferenceError: Error, Equatable, CustomStringConvertible {
    /// A document without tokens has no embedding, score or continuation.
    case emptyDocument
    /// A token that is no row of the embedding.
    case tokenOutOfRange(Int32, position: Int, vocabularySize: Int)
    /// Stop strings are found in the bytes of tokens, and the model was opened without a tokenizer.
    case stopStringsWithoutTokenizer
    /// Tokens are to be scored or generated, and the model has no head.
    case noHead
    /// Work that does not go on from where the document is: what a coordinator of this program would not ask for.
    case outOfOrder(reason: String)
    /// A number of the model's output is not finite: its weights or the arithmetic are broken.
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
        case .noHead: "the model has no head (lm_head.weight): it gives embeddings alone"
        case .outOfOrder(let reason): "a step that does not follow: \(reason)"
        case .notFinite(let position): "the model's output after token \(position) is not finite"
        }
    }
}
