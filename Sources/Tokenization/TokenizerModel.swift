import Synchronization

/// The data that streams share: read-only tables, and the caches that earlier streams filled.
final class TokenizerModel: Sendable {
    let vocabulary: Vocabulary
    let merges: BytePairMerges
    let addedTokens: AddedTokens
    let preTokenizer: PreTokenizer
    let composesCanonically: Bool
    let addsPrefixSpace: Bool
    /// Whether pre-tokens are cut at numbers.
    let separatesNumbers: Bool
    /// The entries with precedence over merges; empty unless the file says `ignore_merges`.
    let wholeEntries: [[UInt8]: Int32]
    let caches = PreTokenCachePool()
    let lazySuffixes = LazySuffixes()

    init(_ file: TokenizerFile, name: String) throws(TokenizerError) {
        addedTokens = try AddedTokens(file, name: name)
        merges = try BytePairMerges(file, name: name)
        vocabulary = Vocabulary(entries: file.vocabulary, addedTokens: file.addedTokens)
        preTokenizer = PreTokenizer(
            splitsByPattern: file.preTokenization.splitsByPattern,
            separatesPunctuation: file.preTokenization.separatesPunctuation)
        composesCanonically = file.composesCanonically
        addsPrefixSpace = file.preTokenization.addsPrefixSpace
        separatesNumbers = file.preTokenization.separatesNumbers
        var wholeEntries: [[UInt8]: Int32] = [:]
        if file.ignoresMerges {
            for (spelling, id) in file.vocabulary {
                if let bytes = ByteLevelAlphabet.bytes(of: spelling) { wholeEntries[bytes] = id }
            }
        }
        self.wholeEntries = wholeEntries
    }
}

/// Caches between two uses, so that the next short text does not begin with an empty cache. The contents of a cache
/// only change the time of tokenising.
final class PreTokenCachePool: Sendable {
    /// The limit of kept caches. More threads than this rarely tokenise at once.
    private static let limit = 4

    private let spare = Mutex<[PreTokenCache]>([])

    func take() -> PreTokenCache {
        spare.withLock { $0.popLast() } ?? PreTokenCache()
    }

    func give(_ cache: PreTokenCache) {
        spare.withLock { spare in
            if spare.count < Self.limit { spare.append(cache) }
        }
    }
}
