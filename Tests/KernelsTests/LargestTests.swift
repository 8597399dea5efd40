import Kernels
import Testing

/// The largest logits of a row, against sorting it.
@Suite struct LargestTests {
    /// Adds the first `columns` columns of a matrix in tiles.
    private func largest(
        _ count: Int, of logits: Matrix, columns: Int, tile: Int, _ arithmetic: Arithmetic
    ) -> RunningLargest {
        var largest = RunningLargest(count, rows: logits.rows)
        for first in stride(from: 0, to: columns, by: tile) {
            let width = min(tile, columns - first)
            var part = Matrix(rows: logits.rows, columns: tile)
            // What lies behind the columns that count must not be looked at.
            part.elements.fill { _ in 1000 }
            for row in 0..<logits.rows {
                for column in 0..<width { part.elements[row * tile + column] = logits.row(row)[first + column] }
            }
            largest.add(part, rows: logits.rows, columns: width, first: first, using: arithmetic)
        }
        return largest
    }

    @Test(arguments: InstructionSet.supported, [1, 7, 16, 64, 65, 200, 1000])
    func theyAreThoseOfTheSortedRowWhateverTheTiles(set: InstructionSet, columns: Int) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        var numbers = Numbers(seed: UInt64(columns))
        var logits = numbers.matrix(3, columns, -30...30)
        // Few different values: ties everywhere.
        for column in 0..<columns { logits.elements[columns + column] = Float(numbers.next() % 5) }
        for tile in [1, 5, 16, 63, 128, columns] {
            for count in [1, 2, 5, 20] {
                let found = largest(count, of: logits, columns: columns, tile: tile, arithmetic)
                for row in 0..<3 {
                    let values = logits.row(row)
                    let sorted = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
                    for place in 0..<count {
                        let expected = place < columns ? Int32(sorted[place]) : -1
                        let value = place < columns ? values[sorted[place]] : -.infinity
                        #expect(found.position(ofRow: row, at: place) == expected)
                        #expect(found.value(ofRow: row, at: place) == value)
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func whatIsNoNumberIsPassedOver(set: InstructionSet) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        let row: [Float] = [.nan, 1, -.infinity, 2] + Array(repeating: .nan, count: 40) + [3, .nan]
        let logits = Matrix(FloatBuffer(row), rows: 1, columns: row.count)
        let found = largest(4, of: logits, columns: row.count, tile: row.count, arithmetic)
        #expect((0..<4).map { found.position(ofRow: 0, at: $0) } == [44, 3, 1, -1])
        #expect((0..<4).map { found.value(ofRow: 0, at: $0) } == [3, 2, 1, -.infinity])
    }
}
