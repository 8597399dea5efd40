import Kernels
import Testing

/// Matrix products and log-sum-exp against plain loops in float64.
@Suite struct ProductTests {
    /// Rounding of a float32 sum over `inner` elements of magnitude up to 1, in parts of the largest result.
    static let tolerance = 2e-6

    /// Columns and inner lengths: less, as much and more than panels, tiles and pairs hold.
    static let sizes = [(1, 1), (3, 5), (8, 16), (17, 48), (48, 3), (97, 31), (130, 257), (9, 768), (144, 64)]

    @Test(arguments: Variant.all, [1, 2, 3, 7, 8, 13, 64])
    func productsAgree(variant: Variant, rows: Int) throws {
        let arithmetic = try variant.arithmetic()
        for (columns, inner) in Self.sizes {
            var numbers = Numbers(seed: UInt64(rows * 100_000 + columns * 1000 + inner))
            let wide = numbers.matrix(rows, inner + 6)
            let input = wide.view(columns: 3..<inner + 3)
            let weight = numbers.matrix(columns, inner)
            let start = numbers.matrix(rows, columns)
            let cut = (0..<rows).flatMap { wide.row($0)[3..<inner + 3].map { Double(variant.rounded($0)) } }
            let chosen = weight.elements.array.map { Double(variant.rounded($0)) }
            let reference = Reference.product(cut, chosen, rows: rows, columns: columns, inner: inner)
            let linear = arithmetic.linear(weight)
            var output = start
            arithmetic.multiply(input, rows: RowPieces(rows: rows), by: linear, into: &output)
            #expect(error(of: output.elements.array, reference) < Self.tolerance)
            var added = start
            arithmetic.multiply(input, rows: RowPieces(rows: rows), by: linear, into: &added, adding: true)
            #expect(error(of: added.elements.array, zip(reference, start.doubles).map(+)) < Self.tolerance)
            for row in [0, columns / 2, columns - 1] {
                #expect(linear.row(row) == weight.row(row).map(variant.rounded))
            }
        }
    }

    @Test(arguments: Variant.all)
    func aPartOfTheWeightGivesItsColumns(variant: Variant) throws {
        let arithmetic = try variant.arithmetic()
        var numbers = Numbers(seed: 11)
        let partRows = 2 * Arithmetic.weightGrid
        let input = numbers.matrix(20, 33)
        let linear = arithmetic.linear(numbers.matrix(2 * partRows + 5, 33), partRows: partRows)
        var whole = Matrix(rows: 20, columns: linear.rows)
        arithmetic.multiply(input.view(), rows: RowPieces(rows: 20), by: linear, into: &whole)
        for (part, columns) in [0..<partRows, partRows..<2 * partRows, 2 * partRows..<linear.rows].enumerated() {
            // Wider than the last part.
            var output = Matrix(rows: 20, columns: partRows)
            arithmetic.multiply(input.view(), rows: RowPieces(rows: 20), by: linear, part: part, into: &output)
            let expected = (0..<20).flatMap { whole.row($0)[columns].map(Double.init) }
            let found = (0..<20).flatMap { output.row($0)[0..<columns.count] }
            #expect(error(of: found, expected) < Self.tolerance)
        }
    }

    @Test(arguments: Variant.all)
    func aPieceHasTheBitsItHasAlone(variant: Variant) throws {
        let arithmetic = try variant.arithmetic()
        var numbers = Numbers(seed: 7)
        for (columns, inner) in [(5, 3), (64, 100), (131, 768)] {
            let linear = arithmetic.linear(numbers.matrix(columns, inner))
            for counts in [[1, 1, 1], [3, 4], [1, 9, 1, 2], [12, 5], Array(repeating: 1, count: 32), [64, 1, 31]] {
                let pieces = RowPieces(counts: counts)
                let input = numbers.matrix(pieces.rows, inner)
                var together = Matrix(rows: pieces.rows, columns: columns)
                arithmetic.multiply(input.view(), rows: pieces, by: linear, into: &together)
                for piece in pieces.pieces {
                    var alone = Matrix(rows: piece.count, columns: columns)
                    arithmetic.multiply(
                        input.view(fromRow: piece.lowerBound), rows: RowPieces(rows: piece.count), by: linear,
                        into: &alone)
                    let found = piece.flatMap { together.row($0).map(\.bitPattern) }
                    #expect(found == alone.elements.array.map(\.bitPattern), "\(counts), \(piece)")
                }
            }
        }
    }

    @Test func theInstructionForPairsRoundsAsItsReplacementDoes() throws {
        // Small whole numbers: every sum is exact, so that any order and rounding gives the same.
        var numbers = Numbers(seed: 3)
        let whole = { (rows: Int, columns: Int) in
            Matrix(
                FloatBuffer(numbers.floats(rows * columns, -8...8).map { $0.rounded() }), rows: rows, columns: columns)
        }
        let (input, weight) = (whole(9, 65), whole(50, 65))
        let results = try InstructionSet.supported.map { set in
            let arithmetic = try Arithmetic(dataType: .bfloat16, instructionSet: set)
            var output = Matrix(rows: 9, columns: 50)
            arithmetic.multiply(
                input.view(), rows: RowPieces(rows: 9), by: arithmetic.linear(weight), into: &output)
            return output
        }
        for result in results { #expect(result == results[0]) }
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

/// An arithmetic whose products are to be tested.
struct Variant: Sendable, CustomStringConvertible {
    var set: InstructionSet
    var product: ProductProvider
    var dataType: DataType

    static let all =
        InstructionSet.supported.flatMap { set in
            [
                Variant(set: set, product: .openBLAS, dataType: .float32),
                Variant(set: set, product: .panels, dataType: .float32),
                Variant(set: set, product: .panels, dataType: .bfloat16),
            ]
        }

    var description: String { "\(set) \(product) \(dataType)" }

    func arithmetic() throws -> Arithmetic {
        try Arithmetic(dataType: dataType, instructionSet: set, product: product)
    }

    /// The nearest number that factors are rounded to, ties to even.
    func rounded(_ value: Float) -> Float {
        guard dataType == .bfloat16 else { return value }
        let bits = value.bitPattern
        let low = bits & 0xffff
        let up = low > 0x8000 || (low == 0x8000 && bits >> 16 & 1 == 1)
        return Float(bitPattern: (bits & 0xffff_0000) + (up ? 0x10000 : 0))
    }
}
