import FoundationEssentials

/// A byte-level BPE tokenizer as Hugging Face `tokenizers` writes it; its ids equal theirs.
///
/// Of `tokenizer.json` it knows: model BPE; normalizer NFC or none; pre-tokenizer ByteLevel, also in a sequence as
/// Falcon's tokenizers have it; decoder ByteLevel; post-processors that add no token; added tokens with all their
/// flags. Anything else that would change ids is refused by name.
public struct Tokenizer: Sendable {
    private let model: TokenizerModel

    /// - Parameter path: a `tokenizer.json`.
    /// - Throws: `TokenizerError` that names the file and the field.
    public init(contentsOf path: String) throws(TokenizerError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TokenizerError(.unreadable, file: path, field: "", "cannot be read")
        }
        try self.init(json: [UInt8](data), name: path)
    }

    /// - Parameters:
    ///   - json: the bytes of a `tokenizer.json`.
    ///   - name: what errors call it.
    /// - Throws: `TokenizerError` that names the file and the field.
    public init(json: [UInt8], name: String) throws(TokenizerError) {
        model = try TokenizerModel(TokenizerFile(json: json, name: name), name: name)
    }

    /// One more than the greatest id.
    public var vocabularySize: Int { model.vocabulary.idBound }

    /// The tokens of a text. Nothing is added and nothing left out.
    public func encode(_ text: String) -> [Int32] {
        var tokens = TokenBatch()
        var stream = stream()
        stream.append(text.utf8, into: &tokens)
        stream.finish(into: &tokens)
        return tokens.ids
    }

    /// A text to be tokenised as it arrives.
    public func stream() -> TokenStream {
        TokenStream(model)
    }

    /// The text of tokens. Bytes that are not UTF-8 become U+FFFD, one for each maximal part of a character (The
    /// Unicode Standard, section 3.9); ids that no token has are left out.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids where !(skippingSpecialTokens && model.vocabulary.isSpecial(id)) {
            if let token = model.vocabulary.bytes(of: id) { bytes.append(contentsOf: token) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that a token stands for, which need not be whole characters; nil when no token has this id.
    public func bytes(of id: Int32) -> [UInt8]? {
        model.vocabulary.bytes(of: id).map { Array($0) }
    }

    /// Whether a decoder that skips special tokens leaves this one out.
    public func isSpecial(_ id: Int32) -> Bool {
        model.vocabulary.isSpecial(id)
    }
}
