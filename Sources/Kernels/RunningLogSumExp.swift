internal import CKernels

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// ln Σ exp(logit) over a row that is seen tile by tile, and the position of its largest logit.
///
/// The sum is kept relative to the largest logit so far (Milakov and Gimelshein, 2018, arXiv:1805.02867), in float64.
public struct RunningLogSumExp: Sendable {
    private var maxima: FloatBuffer
    private var sums: [Double]
    private var positions: [Int32]

    /// - Parameter rows: the most rows of a call.
    public init(rows: Int) {
        maxima = FloatBuffer(repeating: -.infinity, count: rows)
        sums = Array(repeating: 0, count: rows)
        positions = Array(repeating: 0, count: rows)
    }

    /// Forgets what was seen of the first `rows` rows.
    public mutating func reset(rows: Int) {
        for row in 0..<rows {
            maxima[row] = -.infinity
            sums[row] = 0
            positions[row] = 0
        }
    }

    /// Takes in the first `columns` columns of a tile of logits whose first column is column `first` of the whole.
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

    /// ln Σ exp(logit) of a row.
    public func value(ofRow row: Int) -> Double { Double(maxima[row]) + log(sums[row]) }

    /// Where a row's largest logit is; the first of equal ones.
    public func position(ofRow row: Int) -> Int32 { positions[row] }
}

/// eˣ, of the C library.
public func exponential(_ x: Double) -> Double { exp(x) }

/// ln x, of the C library.
public func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// ln(1 + x) without loss for small x, of the C library.
func naturalLogarithm(onePlus x: Double) -> Double { log1p(x) }
