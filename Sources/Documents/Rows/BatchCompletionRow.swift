public import Jobs

/// The row of an OpenAI batch line for `/v1/completions`, as a line of an OpenAI batch output file.
///
/// A choice may hold a whole document, so the row is written in pieces: a choice goes through its tokens as often as it
/// has arrays of them, and hands over what it wrote after each piece. `"created"` is 0, so that the same job writes the
/// same bytes. Where nobody knows the text of tokens, a choice's text is empty and it has its `"token_ids"`.
public struct BatchCompletionRow: Sendable {
    /// A token of a choice.
    public struct Token: Sendable {
        public var id: Int32
        /// The bytes that it stands for, which need not be whole characters; `nil`: they are not known.
        public var bytes: [UInt8]?
        /// Natural logarithm of its probability; what is not finite is written as `null`.
        public var logprob: Float
        /// The likeliest tokens in its place, if they were asked for; of equal names only the first is written.
        public var top: [Token]

        public init(id: Int32, bytes: [UInt8]?, logprob: Float, top: [Token] = []) {
            self.id = id
            self.bytes = bytes
            self.logprob = logprob
            self.top = top
        }

        /// What OpenAI calls a token: its text, or its bytes in the form `bytes:\\xe2\\x80` where they are no text
        /// alone; and what vLLM calls one whose text is not known.
        var name: String {
            guard let bytes else { return "token_id:\(id)" }
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            return "bytes:" + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
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
    private var choices: Int

    /// - Parameters:
    ///   - batchID: `DocumentHeader.batchID`.
    ///   - model: the job's.
    ///   - written: choices that were written already, by a value of this type that is gone.
    public init(customID: String, batchID: String, model: String, written: Int = 0) {
        choices = written
        text.beginBatchResponse(customID: customID, batchID: batchID)
        text.member("id", "cmpl-" + batchID)
        text.member("object", "text_completion")
        text.member("created", 0)
        text.member("model", model)
        text.key("choices")
        text.beginArray()
        if written > 0 { text.goOnBehindElement() }
    }

    /// Writes the next choice.
    ///
    /// - Parameters:
    ///   - hasText: whether the bytes of tokens are known.
    ///   - forEachPiece: goes through the choice's tokens from the first to the last, each time it is called.
    ///   - emit: takes what was written.
    public mutating func addChoice(
        finishReason: Finish, logprobs: Logprobs, hasText: Bool = true,
        forEachPiece: @escaping (([Token]) throws -> Void) throws -> Void,
        emit: @escaping ([UInt8]) throws -> Void
    ) throws {
        text.beginObject()
        text.key("text")
        text.beginString()
        var characters = CharacterStream()
        try forEachPiece { tokens in
            for token in tokens { text.continueString(characters.add(token.bytes ?? [])) }
            try emit(text.takeBytes())
        }
        text.continueString(characters.finish())
        text.endString()
        if !hasText {
            text.key("token_ids")
            text.beginArray()
            try forEachPiece { tokens in
                for token in tokens { text.integer(token.id) }
                try emit(text.takeBytes())
            }
            text.endArray()
        }
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
        try array("tokens") { $1.string($0.name) }
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
            offset += $0.bytes?.count { $0 & 0xC0 != 0x80 } ?? 0
        }
        text.endObject()
    }

    private static func write(top: [Token], to text: inout JSONText) {
        if top.isEmpty { return text.null() }
        var names: Set<ExactString> = []
        text.beginObject()
        for candidate in top where names.insert(ExactString(candidate.name)).inserted {
            text.key(candidate.name)
            text.number(candidate.logprob)
        }
        text.endObject()
    }
}
