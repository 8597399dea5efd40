/// All added tokens, checked and divided by the text in which they are found.
struct AddedTokens: Sendable {
    /// The tokens that are found in the original text.
    let inOriginalText: AddedTokenTrie
    /// The tokens that are found in the normalised text between those of the original text.
    let inNormalizedText: AddedTokenTrie

    /// - Throws: `.inconsistent` when an id differs from Hugging Face's id of the token, or a token occurs twice;
    ///   `.unsupported` when a token strips white space with which another token begins.
    init(_ file: TokenizerFile, name: String) throws(TokenizerError) {
        try Self.checkIDs(file, name: name)
        // Special tokens come first: of equal patterns the first counts.
        let ordered = file.addedTokens.filter(\.isSpecial) + file.addedTokens.filter { !$0.isSpecial }
        let composes = file.composesCanonically
        let passes = [false, true].map { isNormalized in
            ordered.filter { $0.isNormalized == isNormalized }
        }
        for tokens in passes { try Self.checkStripping(tokens, file, name: name) }
        inOriginalText = AddedTokenTrie(passes[0]) { $0.content }
        inNormalizedText = AddedTokenTrie(passes[1]) {
            composes ? CanonicalComposer.composed($0.content) : $0.content
        }
    }

    /// Checks the ids. Hugging Face ignores the file's ids: a token of the vocabulary keeps its id there, and others
    /// are numbered from the vocabulary's size on. A file with other ids is refused, because its ids would differ here
    /// and there.
    private static func checkIDs(_ file: TokenizerFile, name: String) throws(TokenizerError) {
        var seen: Set<[UInt8]> = []
        var next = Int32(file.vocabulary.count)
        for (index, token) in file.addedTokens.enumerated() {
            let field = "added_tokens[\(index)]"
            let shown = String(decoding: token.content, as: UTF8.self)
            guard seen.insert(token.content).inserted else {
                throw TokenizerError(.inconsistent, file: name, field: field, "\"\(shown)\" occurs twice")
            }
            let expected = file.vocabulary[token.content] ?? next
            guard token.id == expected else {
                throw TokenizerError(
                    .inconsistent, file: name, field: "\(field).id",
                    "\"\(shown)\" has id \(token.id), but \(expected) follows from model.vocab and the tokens before")
            }
            if token.id >= next { next = token.id + 1 }
        }
    }

    /// Checks the stripping. If a token strips white space that could begin another, Hugging Face hands out the same
    /// bytes twice.
    private static func checkStripping(
        _ tokens: [AddedToken], _ file: TokenizerFile, name: String
    ) throws(TokenizerError) {
        guard tokens.contains(where: \.stripsRight) else { return }
        for token in tokens {
            let first = UTF8Text.scalar(in: token.content.span, at: 0).value
            guard ScalarClasses.shared.scalarClass(first) == ScalarClasses.Class.space else { continue }
            let shown = String(decoding: token.content, as: UTF8.self)
            throw TokenizerError(
                .unsupported, file: name, field: "added_tokens",
                "\"\(shown)\" begins with white space, which is not supported beside a token with rstrip")
        }
    }
}
