import Kernels
import Testing

/// Matrix products and log-sum-exp against plain loops in float64.
@Suite struct ProductTests {
    /// Rounding of a float32 sum over `inner` elements of magnitude up to 1, in parts of the largest result.
    static let tolerance = 2e-6

    @Test(arguments: InstructionSet.supported, [1, 2, 3, 7, 8, 13, 64])
    func productsAgree(set: InstructionSet, rows: Int) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        for (columns, inner) in [(1, 1), (3, 5), (8, 16), (17, 48), (97, 31), (130, 257), (9, 768)] {
            var numbers = Numbers(seed: UInt64(rows * 100_000 + columns * 1000 + inner))
            let wide = numbers.matrix(rows, inner + 6)
            let input = wide.view(columns: 3..<inner + 3)
            let weight = numbers.matrix(columns + 2, inner)
            let start = numbers.matrix(rows, columns)
            let cut = (0..<rows).flatMap { wide.row($0)[3..<inner + 3].map(Double.init) }
            let chosen = Array(weight.doubles[inner..<(columns + 1) * inner])
            let reference = Reference.product(cut, chosen, rows: rows, columns: columns, inner: inner)
            var output = start
            arithmetic.multiply(input, rows: rows, by: weight, weightRows: 1..<columns + 1, into: &output)
            #expect(error(of: output.elements.array, reference) < Self.tolerance)
            var added = start
            arithmetic.multiply(input, rows: rows, by: weight, weightRows: 1..<columns + 1, into: &added, adding: true)
            #expect(error(of: added.elements.array, zip(reference, start.doubles).map(+)) < Self.tolerance)
        }
    }

    @Test(arguments: InstructionSet.supported)
    func aRowOfFewHasTheBitsItHasAlone(set: InstructionSet) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        var numbers = Numbers(seed: 7)
        for (columns, inner) in [(5, 3), (64, 100), (131, 768)] {
            let input = numbers.matrix(Arithmetic.fewRows - 1, inner)
            let weight = numbers.matrix(columns, inner)
            for rows in 1..<Arithmetic.fewRows {
                var together = Matrix(rows: rows, columns: columns)
                arithmetic.multiply(input.view(), rows: rows, by: weight, into: &together)
                for row in 0..<rows {
                    var alone = Matrix(rows: 1, columns: columns)
                    arithmetic.multiply(input.view(fromRow: row), rows: 1, by: weight, into: &alone)
                    #expect(together.row(row).map(\.bitPattern) == alone.row(0).map(\.bitPattern))
                }
            }
        }
    }

    @Test(arguments: InstructionSet.supported, [1, 7, 16, 50, 1000])
    func logSumExpAgreesWhateverTheTiles(set: InstructionSet, columns: Int) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        var numbers = Numbers(seed: UInt64(columns))
        let logits = numbers.matrix(3, columns, -30...30)
        for tile in [1, 5, 16, 33, columns] {
            var sums = RunningLogSumExp(rows: 3)
            for first in stride(from: 0, to: columns, by: tile) {
                let width = min(tile, columns - first)
                var part = Matrix(rows: 3, columns: tile)
                for row in 0..<3 {
                    for column in 0..<width { part.elements[row * tile + column] = logits.row(row)[first + column] }
                }
                sums.add(part, rows: 3, columns: width, first: first, using: arithmetic)
            }
            for row in 0..<3 {
                let values = logits.row(row)
                #expect(abs(sums.value(ofRow: row) - Reference.logSumExp(values.map(Double.init))) < 1e-6)
                #expect(Int(sums.position(ofRow: row)) == values.firstIndex(of: values.max()!)!)
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func theFirstOfEqualLogitsIsTheLikeliest(set: InstructionSet) throws {
        var sums = RunningLogSumExp(rows: 1)
        let arithmetic = try Arithmetic(instructionSet: set)
        let tile = Matrix(FloatBuffer([1, 4, 2, 4]), rows: 1, columns: 4)
        sums.add(tile, rows: 1, columns: 4, first: 0, using: arithmetic)
        sums.add(tile, rows: 1, columns: 4, first: 4, using: arithmetic)
        #expect(sums.position(ofRow: 0) == 1)
    }
}
