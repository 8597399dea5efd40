internal import CZstd

/// A libzstd decoder of consecutive Zstandard frames (RFC 8878). It holds the window of a frame: the last bytes to
/// which the frame may refer back.
@safe struct ZstdData: ~Copyable, Sendable {
    /// The length of the longest frame header (RFC 8878, section 3.1.1).
    private static let headerBytes = 18

    private nonisolated(unsafe) let stream: OpaquePointer  // This value is its only owner.
    private let windowBytes: Int
    /// The first bytes of the frame.
    private var header: [UInt8] = []
    private var isBetweenFrames = true

    /// - Parameter windowBytes: the largest accepted window, which bounds memory.
    init(windowBytes: Int) throws(PackedData.Failure) {
        guard let stream = unsafe ZSTD_createDStream() else { throw .noMemory }
        unsafe self.stream = stream
        // libzstd accepts limits that are powers of two, from 1 KiB to 2 GiB.
        let log = min(max(Int.bitWidth - 1 - max(1, windowBytes).leadingZeroBitCount, 10), 31)
        self.windowBytes = 1 << log
        unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(log))
    }

    deinit {
        unsafe ZSTD_freeDStream(stream)
    }

    mutating func decode(
        _ input: ArraySlice<UInt8>, atMost count: Int, appendingTo output: inout [UInt8]
    ) throws(PackedData.Failure) -> PackedData.Progress {
        var result = 0
        var used = 0
        let stream = unsafe stream
        if isBetweenFrames, !input.isEmpty {
            header = []
            isBetweenFrames = false
        }
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
        header += input.prefix(Self.headerBytes - header.count)
        if ZSTD_isError(result) != 0 { throw failure(result) }
        isBetweenFrames = result == 0
        return PackedData.Progress(used: used, mayEnd: result == 0)
    }

    private func failure(_ result: Int) -> PackedData.Failure {
        switch ZSTD_getErrorCode(result) {
        case ZSTD_error_memory_allocation:
            return .noMemory
        case ZSTD_error_frameParameter_windowTooLarge:
            guard let window = Self.window(ofFrame: header) else { break }
            let needed = "its window is \(window) bytes, and \(windowBytes) are allowed"
            guard window <= 1 << 31 else { return .tooLarge("\(needed): pack it anew with a window of 2 GiB or less") }
            let allowing = UInt64(1) << (UInt64.bitWidth - (window - 1).leadingZeroBitCount)
            return .tooLarge("\(needed): '--memory \(allowing >> 20)M' allows it")
        default:
            break
        }
        return .corrupt(unsafe String(cString: ZSTD_getErrorName(result)))
    }

    /// The window size in a frame's header (RFC 8878, sections 3.1.1.1.1 and 3.1.1.1.2).
    /// - Returns: `nil` if the header has none.
    private static func window(ofFrame header: [UInt8]) -> UInt64? {
        guard header.count > 5, header[4] & 0x20 == 0 else { return nil }
        let base = UInt64(1) << (10 + UInt64(header[5] >> 3))
        return base + base / 8 * UInt64(header[5] & 7)
    }
}
