import Passes
import Testing

/// The random numbers of a sample are part of what a row is: they stay over versions.
@Suite struct SampleRandomnessTests {
    /// Worked out with Python's hashlib: the first 53 bits of SHA-256 over seed, length of the id in bytes, id, sample
    /// and position, each number of 8 bytes, the least significant first.
    @Test(
        arguments: [
            (0, "", 0, 0, 0x1.99a1eab7e18aep-2), (7, "in/ß.txt", 0, 0, 0x1.fd08561fffb24p-1),
            (7, "in/ß.txt", 0, 1, 0x1.bd7256df47a34p-2), (7, "in/ß.txt", 1, 0, 0x1.75a54fa955d5ep-1),
            (.max, "in/ß.txt", 999, 4999, 0x1.9766571e12068p-1),
        ] as [(UInt64, String, Int, Int, Double)])
    func numbersFollowFromSeedDocumentAndSample(
        seed: UInt64, document: String, sample: Int, position: Int, expected: Double
    ) {
        let randomness = SampleRandomness(seed: seed, documentID: document, sample: sample)
        #expect(randomness.uniform(at: position) == expected)
    }
}
