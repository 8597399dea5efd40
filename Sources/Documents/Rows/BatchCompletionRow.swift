/// The row of an OpenAI batch line for `/v1/completions`, as a line of an OpenAI batch output file.
///
/// A choice may hold a whole document, so the row is written in pieces: a choice goes through its tokens as often as it
/// has arrays of them, and hands over what it wrote after each piece. `"created"` is 0, so that the same job writes the
/// same bytes.
public struct BatchCompletionRow: Sendable {
    /// A token of a choice.
    public struct Token: Sendable, Equatable {
        /// The bytes that it stands for, which need not be whole characters; or a name for it, where they are not known.
        public var bytes: [UInt8]
        /// Natural logarithm of its probability; what is not finite is written as `null`.
        public var logprob: Float
        /// The likeliest tokens in its place, if they were asked for; of equal bytes only the first is written.
        public var top: [(bytes: [UInt8], logprob: Float)]

        public init(bytes: [UInt8], logprob: Float, top: [(bytes: [UInt8], logprob: Float)] = []) {
            self.bytes = bytes
            self.logprob = logprob
            self.top = top
        }

        public static func == (a: Token, b: Token) -> Bool {
            a.bytes == b.bytes && a.logprob.bitPattern == b.logprob.bitPattern
                && a.top.elementsEqual(b.top) { $0.bytes == $1.bytes && $0.logprob == $1.logprob }
        }
    }

    /// Which log probabilities a choice tells.
    public enum Logprobs: Sendable, Equatable {
        case none
        case chosen
        /// Also those of the likeliest tokens.
        case top
    }

    private var text = JSONText()
    private var choices = 0
    private let model: String

    /// - Parameters:
    ///   - ordinal: `DocumentHeader.ordinal`.
    ///   - model: as the request names it.
    public init(customID: String, ordinal: Int, model: String) {
        self.model = model
        text.beginBatchResponse(customID: customID, ordinal: ordinal)
        text.member("id", "cmpl-\(ordinal)")
        text.member("object", "text_completion")
        text.member("created", 0)
        text.member("model", model)
        text.key("choices")
        text.beginArray()
    }

    /// Writes the next choice.
    ///
    /// - Parameters:
    ///   - forEachPiece: goes through the choice's tokens from the first to the last, each time it is called.
    ///   - emit: takes what was written.
    public mutating func addChoice(
        finishReason: GenerationRow.FinishReason, logprobs: Logprobs,
        forEachPiece: @escaping (([Token]) throws -> Void) throws -> Void,
        emit: @escaping ([UInt8]) throws -> Void
    ) throws {
        text.beginObject()
        text.key("text")
        text.beginString()
        var characters = CharacterStream()
        try forEachPiece { tokens in
            for token in tokens { text.continueString(characters.add(token.bytes)) }
            try emit(text.takeBytes())
        }
        text.continueString(characters.finish())
        text.endString()
        text.member("index", choices)
        text.key("logprobs")
        if logprobs == .none {
            text.null()
        } else {
            try addLogprobs(hasTop: logprobs == .top, forEachPiece: forEachPiece, emit: emit)
        }
        text.member("finish_reason", finishReason.rawValue)
        text.endObject()
        choices += 1
        try emit(text.takeBytes())
    }

    /// The rest of the row with its line feed.
    public mutating func finish(promptTokens: Int, completionTokens: Int) -> [UInt8] {
        text.endArray()
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("completion_tokens", completionTokens)
        text.member("total_tokens", promptTokens + completionTokens)
        text.endObject()
        text.endBatchResponse()
        text.endLine()
        return text.takeBytes()
    }

    /// `text_offset` counts Unicode scalars, as Python strings do.
    private mutating func addLogprobs(
        hasTop: Bool, forEachPiece: @escaping (([Token]) throws -> Void) throws -> Void,
        emit: @escaping ([UInt8]) throws -> Void
    ) throws {
        func array(_ name: String, _ element: (Token, inout JSONText) -> Void) throws {
            text.key(name)
            text.beginArray()
            try forEachPiece { tokens in
                for token in tokens { element(token, &text) }
                try emit(text.takeBytes())
            }
            text.endArray()
        }
        text.beginObject()
        try array("tokens") { $1.string(Self.name($0.bytes)) }
        try array("token_logprobs") { $1.number($0.logprob) }
        if hasTop {
            try array("top_logprobs") { Self.write(top: $0.top, to: &$1) }
        } else {
            text.key("top_logprobs")
            text.null()
        }
        var offset = 0
        try array("text_offset") {
            $1.integer(offset)
            offset += $0.bytes.count { $0 & 0xC0 != 0x80 }
        }
        text.endObject()
    }

    private static func write(top: [(bytes: [UInt8], logprob: Float)], to text: inout JSONText) {
        if top.isEmpty { return text.null() }
        var names: Set<String> = []
        text.beginObject()
        for candidate in top where names.insert(name(candidate.bytes)).inserted {
            text.key(name(candidate.bytes))
            text.number(candidate.logprob)
        }
        text.endObject()
    }

    /// What OpenAI calls a token: its text, or its bytes in the form `bytes:\\xe2\\x80` where they are no text alone.
    private static func name(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return "bytes:"
            + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
