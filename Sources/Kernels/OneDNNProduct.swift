internal import CKernels

/// Products with weights of one shape [columns, inner], which oneDNN puts in an order of its own.
///
/// `@unchecked`: what the handle stands for does not change after it is made, and scratch memory is the caller's.
@safe final class OneDNNProduct: @unchecked Sendable {
    private let handle: OpaquePointer
    private let columns: Int
    private let inner: Int
    private let dataType: DataType
    /// What a packed weight takes, in elements of a buffer.
    let packedCount: Int

    /// The most rows of a call of oneDNN.
    private static let mostRows = 256
    /// Fewer rows than this are filled up to the next power of two, as reading the weights once more would cost more.
    private static let filledRows = 32

    /// Takes the handle over.
    @unsafe init(_ handle: OpaquePointer, columns: Int, inner: Int, dataType: DataType) {
        unsafe self.handle = handle
        self.columns = columns
        self.inner = inner
        self.dataType = dataType
        // Parts of a weight begin at cache lines.
        packedCount = unsafe (longscan_onednn_weight_bytes(handle) + 63) / 64 * 16
    }

    deinit { unsafe longscan_onednn_product_free(handle) }

    private var inputRowBytes: Int { inner * (dataType == .float32 ? 4 : 2) }

    /// Packs weight[columns, inner] of the data type, without gaps between rows.
    @unsafe func pack(_ weight: UnsafeRawPointer, into packed: UnsafeMutablePointer<Float>) {
        unsafe Self.require(longscan_onednn_pack(handle, weight, packed))
    }

    /// output[rows, columns] = or += input[rows, inner] · weightᵀ; the input is of the data type, without gaps between
    /// rows.
    @unsafe func multiply(
        rows: Int, input: UnsafeRawPointer, packed: UnsafePointer<Float>, adding: Bool,
        into output: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let bytes = unsafe longscan_onednn_scratch_bytes(handle)
        unsafe withUnsafeTemporaryAllocation(byteCount: max(bytes, 64), alignment: 64) { scratch in
            var row = 0
            while row < rows {
                let count = min(Self.mostRows, Self.rows(near: rows - row))
                let taken = min(count, rows - row)
                let from = unsafe input + row * inputRowBytes
                let to = unsafe output + row * stride
                let isDirect = taken == count && !adding && (stride == columns || count == 1)
                if isDirect {
                    unsafe multiply(count, from, packed, scratch.baseAddress!, to)
                } else {
                    unsafe multiplyApart(
                        count, taken: taken, from, packed, scratch.baseAddress!, adding: adding, into: to,
                        stride: stride)
                }
                row += taken
            }
        }
    }

    /// A power of two: the largest that is not more than `rows`, or of few rows the smallest that is not less.
    private static func rows(near rows: Int) -> Int {
        let below = 1 << (Int.bitWidth - 1 - rows.leadingZeroBitCount)
        return rows < filledRows && below < rows ? 2 * below : below
    }

    private func multiply(
        _ rows: Int, _ input: UnsafeRawPointer, _ packed: UnsafePointer<Float>, _ scratch: UnsafeMutableRawPointer,
        _ output: UnsafeMutablePointer<Float>
    ) {
        unsafe Self.require(longscan_onednn_multiply(handle, rows, input, packed, scratch, output))
    }

    /// With an output of its own, and rows of zeros after those of the input.
    private func multiplyApart(
        _ rows: Int, taken: Int, _ input: UnsafeRawPointer, _ packed: UnsafePointer<Float>,
        _ scratch: UnsafeMutableRawPointer, adding: Bool, into output: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let filled = taken == rows ? 0 : rows * inputRowBytes
        unsafe withUnsafeTemporaryAllocation(
            byteCount: filled + 64 + rows * columns * 4, alignment: 64
        ) { memory in
            let copy = memory.baseAddress!
            if filled > 0 {
                unsafe copy.copyMemory(from: input, byteCount: taken * inputRowBytes)
                unsafe (copy + taken * inputRowBytes).initializeMemory(
                    as: UInt8.self, repeating: 0, count: (rows - taken) * inputRowBytes)
            }
            let apart = unsafe (copy + (filled + 63) / 64 * 64).bindMemory(to: Float.self, capacity: rows * columns)
            unsafe multiply(rows, filled > 0 ? UnsafeRawPointer(copy) : input, packed, scratch, apart)
            for row in 0..<taken {
                let from = unsafe apart + row * columns
                let to = unsafe output + row * stride
                if adding {
                    for column in 0..<columns { unsafe to[column] += from[column] }
                } else {
                    unsafe to.update(from: from, count: columns)
                }
            }
        }
    }

    /// Whether rows have the bits in calls of any number of rows, and at any place, that they have among 256.
    ///
    /// oneDNN promises nothing of the kind: its kernels for AVX-512 do so, those that it has for other sets do not.
    func keepsBits() -> Bool {
        // From 2^-7 up to 2 with either sign, as one float32 or as two of bfloat16: their sums are rounded in both
        // types.
        var state: UInt64 = 1
        func elements(_ count: Int) -> FloatBuffer {
            var elements = FloatBuffer(count: (count * inputRowBytes / inner + 3) / 4)
            elements.fill { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32) & 0xbfff_bfff | 0x3c00_3c00)
            }
            return elements
        }
        let weight = elements(columns * inner)
        let input = elements(Self.mostRows * inner)
        var packed = FloatBuffer(count: packedCount)
        return withExtendedLifetime((weight, input)) {
            unsafe pack(weight.start, into: packed.mutableStart())
            func product(_ rows: Range<Int>) -> FloatBuffer {
                var output = FloatBuffer(count: rows.count * columns)
                unsafe multiply(
                    rows: rows.count, input: UnsafeRawPointer(input.start) + rows.lowerBound * inputRowBytes,
                    packed: packed.start, adding: false, into: output.mutableStart(), stride: columns)
                return output
            }
            let whole = product(0..<Self.mostRows)
            func isSame(_ rows: Range<Int>) -> Bool {
                var expected = FloatBuffer(count: rows.count * columns)
                expected.replace(from: 0, with: whole, rows.lowerBound * columns..<rows.upperBound * columns)
                return product(rows) == expected
            }
            // Kernels take rows in tiles of some that divide 256 or do not.
            let alone = [0..<13, 121..<134, 243..<256].joined().allSatisfy { isSame($0..<$0 + 1) }
            return alone
                && (1..<8).allSatisfy { isSame(0..<1 << $0) && isSame(Self.mostRows - (1 << $0)..<Self.mostRows) }
        }
    }

    /// A call fails when memory runs out, or by a mistake of ours.
    private static func require(_ failure: longscan_onednn_failure) {
        guard unsafe failure.function != nil else { return }
        fatalError("\(unsafe ArithmeticError(failure))")
    }
}
