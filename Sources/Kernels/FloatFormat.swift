internal import CKernels

/// The number format of a checkpoint's tensor.
public enum FloatFormat: String, Sendable, CaseIterable {
    case float32
    case bfloat16
    case float16

    public var bytes: Int { self == .float32 ? 4 : 2 }
}

extension FloatBuffer {
    /// The little-endian numbers of a mapped file as float32. Aligned float32 numbers share the memory; others are
    /// converted.
    ///
    /// - Parameter owner: the owner of the bytes, which keeps them alive and unchanged.
    @unsafe public init(
        _ bytes: UnsafeRawBufferPointer, format: FloatFormat, of owner: any AnyObject & Sendable
    ) {
        let count = bytes.count / format.bytes
        guard count > 0, let base = bytes.baseAddress else {
            self.init(count: 0)
            return
        }
        let aligned = Int(bitPattern: base) % format.bytes == 0
        switch format {
        case .float32 where aligned:
            let elements = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: count)
            unsafe self.init(sharing: elements, of: owner)
        case .float32:
            self.init(count: count)
            unsafe UnsafeMutableRawPointer(mutableStart()).copyMemory(from: base, byteCount: count * 4)
        case .bfloat16, .float16:
            self.init(count: count)
            let kernels = unsafe InstructionSet.best.kernels
            let widen = format == .bfloat16 ? unsafe kernels.widen_bfloat16 : unsafe kernels.widen_float16
            if aligned {
                unsafe widen(count, base.assumingMemoryBound(to: UInt16.self), mutableStart())
            } else {
                var halves = [UInt16](repeating: 0, count: count)
                unsafe halves.withUnsafeMutableBytes { unsafe $0.copyMemory(from: UnsafeRawBufferPointer(bytes)) }
                unsafe widen(count, halves, mutableStart())
            }
        }
    }

    /// The little-endian bytes of float32 numbers.
    public init(littleEndianBytes bytes: ArraySlice<UInt8>) {
        self.init(count: bytes.count / 4)
        unsafe bytes.withUnsafeBytes { source in
            guard count > 0, let base = source.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(mutableStart()).copyMemory(from: base, byteCount: count * 4)
        }
    }

    /// Appends the elements' little-endian bytes.
    public func appendLittleEndianBytes(to bytes: inout [UInt8]) {
        withExtendedLifetime(self) {
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count * 4))
        }
    }

    /// Whether all elements are finite.
    public var isFinite: Bool {
        withExtendedLifetime(self) { unsafe InstructionSet.best.kernels.all_finite(count, start) }
    }
}
