/// A row-major matrix of float32 elements.
public struct Matrix: Sendable, Equatable {
    public var elements: FloatBuffer
    public let rows: Int
    public let columns: Int

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.init(FloatBuffer(count: rows * columns), rows: rows, columns: columns)
    }

    public init(_ elements: FloatBuffer, rows: Int, columns: Int) {
        precondition(elements.count == rows * columns, "\(elements.count) elements as \(rows) × \(columns)")
        self.elements = elements
        self.rows = rows
        self.columns = columns
    }

    /// A copy of one row.
    public func row(_ index: Int) -> [Float] {
        elements.array(index * columns..<(index + 1) * columns)
    }

    /// A view of some columns, from a row on.
    public func view(columns range: Range<Int>? = nil, fromRow row: Int = 0) -> MatrixView {
        let range = range ?? 0..<columns
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        precondition(row >= 0 && row <= rows, "row \(row) of \(rows)")
        return MatrixView(
            elements: elements, offset: row * columns + range.lowerBound, rows: rows - row, columns: range.count,
            stride: columns)
    }

    /// The transposed matrix.
    public var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        result.elements.fill { elements[$0 % rows * columns + $0 / rows] }
        return result
    }
}

/// A read-only view of evenly spaced rows in a buffer.
///
/// It shares the buffer. It should live for one call only, so that a later change of the buffer does not copy it.
public struct MatrixView: Sendable {
    let elements: FloatBuffer
    let offset: Int
    public let rows: Int
    public let columns: Int
    let stride: Int

    init(elements: FloatBuffer, offset: Int, rows: Int, columns: Int, stride: Int) {
        self.elements = elements
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }
}

extension MatrixView {
    /// The address of the first row. It is valid while the view is kept alive.
    @unsafe var start: UnsafePointer<Float> { unsafe elements.start + offset }

    /// Traps if there are fewer rows or other columns than a kernel is about to read.
    func require(rows needed: Int, columns expected: Int, _ what: StaticString) {
        precondition(rows >= needed && columns == expected, "\(what): \(rows) × \(columns) for \(needed) × \(expected)")
    }
}
