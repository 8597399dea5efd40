internal import Bytes
public import Jobs

/// The row of an OpenAI batch line for `/v1/completions`, in the format of an OpenAI batch output file.
///
/// A choice may hold a whole document, so the row is written in pieces. A choice traverses its tokens once for each of
/// its arrays, and emits the written bytes after each piece. `"created"` is 0 so that equal jobs write equal bytes.
/// Without a tokenizer a choice's text is empty and it has `"token_ids"`.
public struct BatchCompletionRow: Sendable {
    /// A token of a choice.
    public struct Token: Sendable {
        public var id: Int32
        /// The token's bytes, which need not be complete characters; `nil` if unknown.
        public var bytes: [UInt8]?
        /// The natural logarithm of the token's probability. A value that is not finite is written as `null`.
        public var logprob: Float
        /// The likeliest tokens in the token's place, if requested. Of equal names only the first is written.
        public var top: [Token]

        public init(id: Int32, bytes: [UInt8]?, logprob: Float, top: [Token] = []) {
            self.id = id
            self.bytes = bytes
            self.logprob = logprob
            self.top = top
        }

        /// OpenAI's name of the token: its text, or `bytes:\\xe2\\x80` for bytes that are not text. A token of unknown
        /// text has vLLM's name.
        var name: String {
            guard let bytes else { return "token_id:\(id)" }
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            return "bytes:" + bytes.map { "\\x" + Hexadecimal.text(of: [$0]) }.joined()
        }
    }

    /// The log probabilities that a choice lists.
    public enum Logprobs: Sendable, Equatable {
        case none
        case chosen
        /// The log probabilities of the tokens and of the likeliest tokens in their places.
        case top
    }

    private var text = JSONText()
    private var choices: Int

    /// - Parameters:
    ///   - batchID: `DocumentHeader.batchID`.
    ///   - model: the name of the job's model.
    ///   - written: the number of choices that an earlier value of this type wrote.
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
    ///   - forEachPiece: traverses all tokens of the choice on each call.
    ///   - emit: receives the written bytes.
    public mutating func addChoice(
        finishReason: FinishReason, logprobs: Logprobs, hasText: Bool = true,
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
            offset += $0.bytes?.count { !$0.continuesScalar } ?? 0
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
