internal import Glibc

/// How likely a model finds a document: `{"id","n_tokens","n_bytes","nll","perplexity","bits_per_byte"}`, and where it
/// was scored in windows `"n_scored","n_scored_bytes"` before `"nll"`.
public struct ScoreRow: OutputRow, Equatable {
    /// What was scored of a document whose windows each begin anew: all tokens but the first of each.
    public struct Windows: Sendable, Equatable {
        public var scoredTokens: Int
        /// Bytes of the text that these tokens stand for; `nil`, written as `null`: the document came as tokens.
        public var scoredBytes: Int?

        public init(scoredTokens: Int, scoredBytes: Int?) {
            self.scoredTokens = scoredTokens
            self.scoredBytes = scoredBytes
        }
    }

    public var id: String
    public var sample: Int?
    /// n: the first token is given, the other n - 1 are scored, unless ``windows`` says otherwise.
    public var tokenCount: Int
    /// `nil`, written as `null`: the document came as tokens.
    public var byteCount: Int?
    /// Sum of negative natural-logarithm probabilities over the tokens that were scored.
    public var nll: Double
    /// `nil`: every token but the first was scored.
    public var windows: Windows?

    public init(
        id: String, sample: Int? = nil, tokenCount: Int, byteCount: Int?, nll: Double, windows: Windows? = nil
    ) {
        self.id = id
        self.sample = sample
        self.tokenCount = tokenCount
        self.byteCount = byteCount
        self.nll = nll
        self.windows = windows
    }

    private var scoredTokens: Int { windows?.scoredTokens ?? tokenCount - 1 }

    /// exp(nll / tokens that were scored), which is what transformers' guide computes with a stride of the window
    /// (https://huggingface.co/docs/transformers/perplexity); `nil` where nothing was scored.
    public var perplexity: Double? {
        scoredTokens > 0 ? exp(nll / Double(scoredTokens)) : nil
    }

    /// nll in bits over the bytes of the text, or with windows over those of the tokens that were scored; `nil` where
    /// nothing was scored or there are no bytes.
    public var bitsPerByte: Double? {
        guard let bytes = windows.map(\.scoredBytes) ?? byteCount, bytes > 0, scoredTokens > 0 else { return nil }
        return nll / (log(2) * Double(bytes))
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        writeMembers(to: &text)
        text.endObject()
    }

    func writeMembers(to text: inout JSONText) {
        text.name(id, sample: sample)
        text.member("n_tokens", tokenCount)
        text.member("n_bytes", byteCount)
        if let windows {
            text.member("n_scored", windows.scoredTokens)
            text.member("n_scored_bytes", windows.scoredBytes)
        }
        text.member("nll", nll)
        text.member("perplexity", perplexity)
        text.member("bits_per_byte", bitsPerByte)
    }
}
