internal import CKernels

/// The largest logits of rows that come tile by tile, and their positions.
public struct RunningLargest: Sendable {
    /// The number of logits that are kept of a row.
    public let count: Int
    private let rows: Int
    private var values: FloatBuffer
    private var positions: [Int32]

    /// - Parameters:
    ///   - count: the number of logits to keep of each row, at least 1.
    ///   - rows: the largest number of rows in a call.
    public init(_ count: Int, rows: Int) {
        precondition(count > 0 && rows >= 0, "the \(count) largest of \(rows) rows")
        self.count = count
        self.rows = rows
        values = FloatBuffer(repeating: -.infinity, count: rows * count)
        positions = Array(repeating: -1, count: rows * count)
    }

    /// Adds the first `columns` columns of a tile of logits. The tile begins at column `first` of the whole rows. Tiles
    /// must come in order.
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

    /// The logit at a place of a row's order, 0 for the largest; -∞ if the row has fewer.
    public func value(ofRow row: Int, at place: Int) -> Float { values[row * count + place] }

    /// The position of the logit at a place of a row's order, -1 if the row has fewer. Equal logits are ordered by
    /// position.
    public func position(ofRow row: Int, at place: Int) -> Int32 { positions[row * count + place] }
}
