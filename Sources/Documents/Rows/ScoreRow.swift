internal import Glibc

/// How likely a model finds a document: `{"id","n_tokens","n_bytes","nll","perplexity","bits_per_byte"}`.
public struct ScoreRow: OutputRow, Equatable {
    public var id: String
    /// n: the first token is given, the other n - 1 are scored.
    public var tokenCount: Int
    /// `nil`, written as `null`: the document came as tokens.
    public var byteCount: Int?
    /// Sum of negative natural-logarithm probabilities over tokens 1…n-1.
    public var nll: Double

    public init(id: String, tokenCount: Int, byteCount: Int?, nll: Double) {
        self.id = id
        self.tokenCount = tokenCount
        self.byteCount = byteCount
        self.nll = nll
    }

    /// exp(nll / (n - 1)); `nil` where nothing was scored (n < 2).
    public var perplexity: Double? {
        tokenCount > 1 ? exp(nll / Double(tokenCount - 1)) : nil
    }

    /// nll in bits over the bytes of the text; `nil` where nothing was scored or there are no bytes.
    public var bitsPerByte: Double? {
        guard let byteCount, byteCount > 0, tokenCount > 1 else { return nil }
        return nll / (log(2) * Double(byteCount))
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        writeMembers(to: &text)
        text.endObject()
    }

    func writeMembers(to text: inout JSONText) {
        text.member("id", id)
        text.member("n_tokens", tokenCount)
        text.member("n_bytes", byteCount)
        text.member("nll", nll)
        text.member("perplexity", perplexity)
        text.member("bits_per_byte", bitsPerByte)
    }
}
