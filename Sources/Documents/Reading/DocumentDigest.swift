internal import Crypto

/// Half of the SHA-256 of a document's identity. Collisions are infeasible, by chance or by intent.
public struct DocumentDigest: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    public init(_ header: DocumentHeader) {
        let bytes = Array(SHA256.hash(data: Array(header.identity.utf8)))
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        (high, low) = (number(0..<8), number(8..<16))
    }
}
