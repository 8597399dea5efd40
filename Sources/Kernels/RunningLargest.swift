internal import CKernels

/// The largest logits of rows that are seen tile by tile, and their positions.
public struct RunningLargest: Sendable {
    /// Logits of a row that are kept.
    public let count: Int
    private let rows: Int
    private var values: FloatBuffer
    private var positions: [Int32]

    /// - Parameters:
    ///   - count: how many of each row are kept, at least 1.
    ///   - rows: the most rows of a call.
    public init(_ count: Int, rows: Int) {
        precondition(count > 0 && rows >= 0, "the \(count) largest of \(rows) rows")
        self.count = count
        self.rows = rows
        values = FloatBuffer(repeating: -.infinity, count: rows * count)
        positions = Array(repeating: -1, count: rows * count)
    }

    /// Takes in the first `columns` columns of a tile of logits whose first column is column `first` of the whole.
    /// Tiles come in order.
    public mutating func add(_ tile: Matrix, rows: Int, columns: Int, first: Int, using arithmetic: Arithmetic) {
        precondition(rows <= self.rows && rows <= tile.rows && columns <= tile.columns, "tile of \(rows) × \(columns)")
        withExtendedLifetime(tile) {
            unsafe positions.withUnsafeMutableBufferPointer { positions in
                guard let positions = positions.baseAddress else { return }
                unsafe arithmetic.kernels.largest_of_tile(
                    rows, columns, tile.elements.start, tile.columns, first, count, values.mutableStart(), positions)
            }
        }
    }

    /// The logit at a place of a row, 0 for the largest; -∞ where the row had fewer.
    public func value(ofRow row: Int, at place: Int) -> Float { values[row * count + place] }

    /// Its position, the lower one before others of equal logits; -1 where the row had fewer.
    public func position(ofRow row: Int, at place: Int) -> Int32 { positions[row * count + place] }
}
