/// A decoder of compressed bytes.
struct PackedData: ~Copyable, Sendable {
    struct Progress: Equatable {
        /// The number of input bytes consumed.
        let used: Int
        /// Whether the data may end here. At least one gzip member or zstd frame was decoded, and none is incomplete.
        let mayEnd: Bool
    }

    enum Failure: Error, Equatable {
        /// The bytes cannot be decoded. The message is the library's.
        case corrupt(String)
        /// The data needs more memory than is allowed. The message gives the amount.
        case tooLarge(String)
        case noMemory
    }

    private var gzip: GzipData?
    private var zstd: ZstdData?
    /// The first failure, after which the decoder's state is undefined.
    private var failure: Failure?

    /// - Parameter windowBytes: the largest accepted window of a zstd frame, in bytes.
    init(_ packing: Packing, windowBytes: Int) throws(Failure) {
        switch packing {
        case .gzip: gzip = try GzipData()
        case .zstd: zstd = try ZstdData(windowBytes: windowBytes)
        }
    }

    /// Decodes from the front of `input` and appends at most `count` bytes to `output`; `count` is positive.
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
