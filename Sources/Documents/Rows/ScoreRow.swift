internal import Glibc

/// The likelihood of a document: `{"id","n_tokens","n_bytes","nll","perplexity","bits_per_byte"}`. A document scored in
/// windows has `"n_scored","n_scored_bytes"` before `"nll"`.
public struct ScoreRow: OutputRow, Equatable {
    /// The scored part of a document in independent windows: all tokens but the first of each window.
    public struct Windows: Sendable, Equatable {
        public var scoredTokens: Int
        /// The bytes of the scored tokens; `nil`, written as `null`, for a document of tokens.
        public var scoredBytes: Int?

        public init(scoredTokens: Int, scoredBytes: Int?) {
            self.scoredTokens = scoredTokens
            self.scoredBytes = scoredBytes
        }
    }

    public var id: String
    public var sample: Int?
    /// The number n of tokens. Without ``windows`` the last n - 1 are scored.
    public var tokenCount: Int
    /// The bytes of the text; `nil`, written as `null`, for a document of tokens.
    public var byteCount: Int?
    /// The sum of negative natural-log probabilities over the scored tokens.
    public var nll: Double
    /// The scored part of each window; `nil` if every token but the first was scored.
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

    /// The perplexity exp(nll / scored tokens), as in transformers' guide with a stride of the window
    /// (https://huggingface.co/docs/transformers/perplexity); `nil` if no token was scored.
    public var perplexity: Double? {
        scoredTokens > 0 ? exp(nll / Double(scoredTokens)) : nil
    }

    /// The nll in bits per byte of the text, or with windows per byte of the scored tokens; `nil` if no token was
    /// scored or there are no bytes.
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
