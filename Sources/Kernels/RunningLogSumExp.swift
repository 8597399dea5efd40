internal import CKernels

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The ln Σ exp(logit) of rows that come tile by tile, and the position of each row's largest logit.
///
/// The sum is kept relative to the largest logit so far (Milakov and Gimelshein, 2018, arXiv:1805.02867), in float64.
public struct RunningLogSumExp: Sendable {
    private var maxima: FloatBuffer
    private var sums: [Double]
    private var positions: [Int32]

    /// - Parameter rows: the largest number of rows in a call.
    public init(rows: Int) {
        maxima = FloatBuffer(repeating: -.infinity, count: rows)
        sums = Array(repeating: 0, count: rows)
        positions = Array(repeating: 0, count: rows)
    }

    /// Resets the first `rows` rows.
    public mutating func reset(rows: Int) {
        for row in 0..<rows {
            maxima[row] = -.infinity
            sums[row] = 0
            positions[row] = 0
        }
    }

    /// Adds the first `columns` columns of a tile of logits. The tile begins at column `first` of the whole rows.
    public mutating func add(_ tile: Matrix, rows: Int, columns: Int, first: Int, using arithmetic: Arithmetic) {
        precondition(rows <= sums.count && rows <= tile.rows && columns <= tile.columns, "tile of \(rows) × \(columns)")
        withExtendedLifetime(tile) {
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                unsafe positions.withUnsafeMutableBufferPointer { positions in
                    guard let sums = sums.baseAddress, let positions = positions.baseAddress else { return }
                    unsafe arithmetic.kernels.log_sum_exp_tile(
                        rows, columns, tile.elements.start, tile.columns, first, maxima.mutableStart(), sums,
                        positions)
                }
            }
        }
    }

    /// The ln Σ exp(logit) of a row.
    public func value(ofRow row: Int) -> Double { Double(maxima[row]) + log(sums[row]) }

    /// The position of a row's largest logit; the first of equal ones.
    public func position(ofRow row: Int) -> Int32 { positions[row] }
}

/// The exponential eˣ of the C library.
public func exponential(_ x: Double) -> Double { exp(x) }

/// The natural logarithm of the C library.
public func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// The logarithm ln(1 + x) of the C library, without loss for small x.
func naturalLogarithm(onePlus x: Double) -> Double { log1p(x) }
