/// Compressed bytes that are decoded front to back.
protocol CompressedData: ~Copyable {
    /// Decodes from the front of `input`, and appends at most `count` bytes (more than 0) to `output`.
    ///
    mutating func decode(
        _ input: ArraySlice<UInt8>, atMost count: Int, appendingTo output: inout [UInt8]
    ) throws(CorruptData) -> DecodingProgress
}

struct DecodingProgress: Equatable {
    /// Bytes of the input that are done with.
    let used: Int
    /// Whether the data may end here: a whole number of gzip members or zstd frames was decoded, at least one.
    let mayEnd: Bool
}

/// Compressed bytes that cannot be decoded; the message says why in the library's words.
struct CorruptData: Error, Equatable {
    let message: String
}
