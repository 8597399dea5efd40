internal import CZlib

/// A zlib decoder of consecutive gzip members (RFC 1952). Zeros after a member are padding.
@safe struct GzipData: ~Copyable, Sendable {
    /// The stream, at a fixed address because zlib keeps the address.
    private nonisolated(unsafe) let stream: UnsafeMutablePointer<z_stream>  // This value is its only owner.
    private var isBetweenMembers = false

    init() throws(PackedData.Failure) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 allows windows of all sizes. 16 selects gzip headers instead of zlib headers (zlib.h, inflateInit2).
        let code = unsafe inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        // With these arguments the call fails only if memory is exhausted.
        guard code == Z_OK else { throw .noMemory }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    mutating func decode(
        _ input: ArraySlice<UInt8>, atMost count: Int, appendingTo output: inout [UInt8]
    ) throws(PackedData.Failure) -> PackedData.Progress {
        var input = input
        let given = input.count
        if isBetweenMembers {
            input = input.drop { $0 == 0 }
            if input.isEmpty { return PackedData.Progress(used: given, mayEnd: true) }
            isBetweenMembers = false
        }
        var code = Z_OK
        let stream = unsafe stream
        var rest = input.count
        unsafe input.withUnsafeBufferPointer { source in
            output.append(addingCapacity: count) { (target: inout OutputSpan<UInt8>) in
                unsafe target.withUnsafeMutableBufferPointer { buffer, filled in
                    // zlib does not write there. The field lacks const for the sake of old compilers (zconf.h).
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                    unsafe stream.pointee.avail_in = UInt32(source.count)
                    unsafe stream.pointee.next_out = buffer.baseAddress! + filled
                    unsafe stream.pointee.avail_out = UInt32(count)
                    code = unsafe inflate(stream, Z_NO_FLUSH)
                    filled += count - Int(unsafe stream.pointee.avail_out)
                    rest = Int(unsafe stream.pointee.avail_in)
                }
            }
        }
        switch code {
        case Z_OK, Z_BUF_ERROR:
            break
        case Z_STREAM_END:
            isBetweenMembers = true
            unsafe inflateReset(stream)
        case Z_MEM_ERROR:
            throw .noMemory
        default:
            let message = unsafe stream.pointee.msg
            throw .corrupt(unsafe message.map { unsafe String(cString: $0) } ?? "zlib error \(code)")
        }
        return PackedData.Progress(used: given - rest, mayEnd: isBetweenMembers)
    }
}
