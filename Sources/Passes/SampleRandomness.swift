internal import Bytes
internal import Crypto

/// The random numbers of one sample. Each depends only on seed, document, sample and position.
package struct SampleRandomness: Sendable {
    private let key: [UInt8]

    package init(seed: UInt64, documentID: String, sample: Int) {
        let id = Array(documentID.utf8)
        key = LittleEndian.bytes(of: [seed, UInt64(id.count)]) + id + LittleEndian.bytes(of: [UInt64(sample)])
    }

    /// A random number in 0 ..< 1 with 53 bits, for the sample's token at `position`.
    package func uniform(at position: Int) -> Double {
        let digest = Array(SHA256.hash(data: key + LittleEndian.bytes(of: [UInt64(position)])))
        let bits = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(bits >> 11) * 0x1p-53
    }
}
