import Foundation
import Testing

/// Which cases are drawn: `LONGSCAN_EXACTNESS_SEED` says which is the first, and alone draws that one only;
/// `LONGSCAN_EXACTNESS_CASES` says how many of each family.
enum Settings {
    /// - Parameter usual: how many are drawn when nothing is said.
    static func seeds(usual: UInt64) -> Range<UInt64> {
        let first = setting("SEED")
        let count = setting("CASES") ?? (first == nil ? usual : 1)
        return (first ?? 1)..<(first ?? 1) + count
    }

    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment["LONGSCAN_EXACTNESS_" + name].flatMap { UInt64($0) }
    }

    /// What failed, and how to see it again.
    /// - Parameter test: the function that failed.
    static func failure(_ seed: UInt64, _ drawn: String, _ what: String, test: String = #function) -> Comment {
        """
        seed \(seed): \(what)
        drawn: \(drawn)
        again: LONGSCAN_EXACTNESS_SEED=\(seed) Tests/run --filter \(test.prefix { $0 != "(" })
        """
    }
}
