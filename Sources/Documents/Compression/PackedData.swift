/// Packed bytes that are decoded front to back.
struct PackedData: ~Copyable, Sendable {
    struct Progress: Equatable {
        /// Bytes of the input that are done with.
        let used: Int
        /// Whether the data may end here: a whole number of gzip members or zstd frames was decoded, at least one.
        let mayEnd: Bool
    }

    enum Failure: Error, Equatable {
        /// The bytes cannot be decoded; the message says why in the library's words.
        case corrupt(String)
        /// They are whole, and take more memory than is allowed; the message says how much.
        case tooLarge(String)
        case noMemory
    }

    private var gzip: GzipData?
    private var zstd: ZstdData?
    /// After a failure a decoder's state has no meaning any more.
    private var failure: Failure?

    /// - Parameter windowBytes: the largest window of a zstd frame that may be held.
    init(_ packing: Packing, windowBytes: Int) throws(Failure) {
        switch packing {
        case .gzip: gzip = try GzipData()
        case .zstd: zstd = try ZstdData(windowBytes: windowBytes)
        }
    }

    /// Decodes from the front of `input`, and appends at most `count` bytes (more than 0) to `output`.
    mutating func decode(
        _ input: ArraySlice<UInt8>, atMost count: Int, appendingTo output: inout [UInt8]
    ) throws(Failure) -> Progress {
        if let failure { throw failure }
        do throws(Failure) {
            return gzip != nil
                ? try gzip!.decode(input, atMost: count, appendingTo: &output)
                : try zstd!.decode(input, atMost: count, appendingTo: &output)
        } catch {
            failure = error
            throw error
        }
    }
}
