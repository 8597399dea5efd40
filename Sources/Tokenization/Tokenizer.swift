import FoundationEssentials

/// A byte-level BPE tokenizer in the format of Hugging Face `tokenizers`. Its ids equal theirs.
///
/// It supports these values in `tokenizer.json`: model BPE; normalizer NFC or none; pre-tokenizer ByteLevel, also in a
/// sequence as in Falcon's tokenizers; decoder ByteLevel; post-processors that add no token; added tokens with all
/// their flags. Any other value that would change ids is refused by name.
public struct Tokenizer: Sendable {
    private let model: TokenizerModel

    /// - Parameter path: the path of a `tokenizer.json`.
    /// - Throws: `TokenizerError` that names the file and the field.
    public init(contentsOf path: String) throws(TokenizerError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TokenizerError(.unreadable, file: path, field: "", "cannot be read")
        }
        try self.init(json: [UInt8](data), name: path)
    }

    /// - Parameters:
    ///   - json: the bytes of a `tokenizer.json`.
    ///   - name: the file's name in error messages.
    /// - Throws: `TokenizerError` that names the file and the field.
    public init(json: [UInt8], name: String) throws(TokenizerError) {
        model = try TokenizerModel(TokenizerFile(json: json, name: name), name: name)
    }

    /// One more than the greatest id.
    public var vocabularySize: Int { model.vocabulary.idBound }

    /// The tokens of a text. No special tokens are added.
    public func encode(_ text: String) -> [Int32] {
        var tokens = TokenBatch()
        var stream = stream()
        stream.append(text.utf8, into: &tokens)
        stream.finish(into: &tokens)
        return tokens.ids
    }

    /// A stream that tokenises a text as it arrives.
    public func stream() -> TokenStream {
        TokenStream(model)
    }

    /// The text of tokens. Bytes that are not UTF-8 become U+FFFD, one for each maximal part of a character (The
    /// Unicode Standard, section 3.9). Ids without a token are left out.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids where !(skippingSpecialTokens && model.vocabulary.isSpecial(id)) {
            if let token = model.vocabulary.bytes(of: id) { bytes.append(contentsOf: token) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes of a token, which need not be whole characters; nil if no token has this id.
    public func bytes(of id: Int32) -> [UInt8]? {
        model.vocabulary.bytes(of: id).map { Array($0) }
    }

    /// Whether a decoder that skips special tokens leaves this token out.
    public func isSpecial(_ id: Int32) -> Bool {
        model.vocabulary.isSpecial(id)
    }
}
