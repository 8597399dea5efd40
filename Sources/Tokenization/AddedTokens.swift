/// All added tokens, sorted by when they are looked for, and checked.
struct AddedTokens: Sendable {
    /// Looked for in the text as it came.
    let inOriginalText: AddedTokenTrie
    /// Looked for in the normalised text between those.
    let inNormalizedText: AddedTokenTrie

    /// - Throws: `.inconsistent` when an id is not the one that Hugging Face's tokenizers give the token, or a token
    ///   occurs twice; `.unsupported` when a token takes white space along that another one begins with.
    init(_ file: TokenizerFile, name: String) throws(TokenizerError) {
        try Self.checkIDs(file, name: name)
        // Special tokens go first: of equal patterns the first counts.
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

    /// Hugging Face ignores the ids of the file: a token of the vocabulary keeps its id there, others are numbered on
    /// from the vocabulary's size. A file that says otherwise would give other ids here than there.
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

    /// Where a token takes along white space that could begin another, Hugging Face hands the same bytes out twice.
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
