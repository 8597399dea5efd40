internal import CZstd

/// Frames of Zstandard data (RFC 8878), one after the other, decoded by libzstd. A frame whose window is larger than
/// libzstd's default limit of 128 MiB is refused, which bounds memory.
@safe struct ZstdData: ~Copyable, CompressedData, Sendable {
    private nonisolated(unsafe) let stream: OpaquePointer  // This value is its only owner.

    init() {
        guard let stream = unsafe ZSTD_createDStream() else {
            preconditionFailure("ZSTD_createDStream fails only without memory")
        }
        unsafe self.stream = stream
    }

    deinit {
        unsafe ZSTD_freeDStream(stream)
    }

    mutating func decode(
        _ input: ArraySlice<UInt8>, atMost count: Int, appendingTo output: inout [UInt8]
    ) throws(CorruptData) -> DecodingProgress {
        var result = 0
        var used = 0
        let stream = unsafe stream
        unsafe input.withUnsafeBufferPointer { source in
            var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            output.append(addingCapacity: count) { (target: inout OutputSpan<UInt8>) in
                unsafe target.withUnsafeMutableBufferPointer { buffer, filled in
                    var to = unsafe ZSTD_outBuffer(dst: buffer.baseAddress! + filled, size: count, pos: 0)
                    result = unsafe ZSTD_decompressStream(stream, &to, &from)
                    filled += unsafe to.pos
                }
            }
            used = unsafe from.pos
        }
        if ZSTD_isError(result) != 0 {
            throw CorruptData(message: unsafe String(cString: ZSTD_getErrorName(result)))
        }
        return DecodingProgress(used: used, mayEnd: result == 0)
    }
}
