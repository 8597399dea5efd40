import Kernels
import Testing

/// Norms and convolution against plain loops in float64: within 1e-6 of the largest element.
@Suite struct ElementwiseTests {
    static let widths = [1, 2, 15, 16, 17, 31, 97, 256, 768]
    static let tolerance = 1e-6

    @Test(arguments: InstructionSet.supported, widths)
    func rootMeanSquareNormAgrees(set: InstructionSet, width: Int) throws {
        var numbers = Numbers(seed: UInt64(width))
        let input = numbers.matrix(5, width, -3...3)
        let weight = numbers.floats(width)
        var output = Matrix(rows: 6, columns: width)
        try Arithmetic(instructionSet: set).rootMeanSquareNorm(
            input.view(), rows: 5, weight: FloatBuffer(weight), epsilon: 1e-5, into: &output, outputRow: 1)
        let reference = Reference.rootMeanSquareNorm(
            input.doubles, weight: weight.map(Double.init), epsilon: Double(Float(1e-5)))
        #expect(error(of: output.elements.array(width..<6 * width), reference) < Self.tolerance)
        #expect(output.row(0).allSatisfy { $0 == 0 })
    }

    @Test(arguments: InstructionSet.supported, widths)
    func normOfSomeColumnsLeavesTheOthers(set: InstructionSet, width: Int) throws {
        var numbers = Numbers(seed: UInt64(width))
        let before = numbers.matrix(3, width + 4)
        var after = before
        try Arithmetic(instructionSet: set).normalizeRootMeanSquare(
            columns: 2..<width + 2, rows: 3, epsilon: 1e-6, of: &after)
        for row in 0..<3 {
            let part = Array(before.row(row)[2..<width + 2]).map(Double.init)
            let reference = Reference.rootMeanSquareNorm(
                part, weight: Array(repeating: 1, count: width), epsilon: Double(Float(1e-6)))
            #expect(error(of: Array(after.row(row)[2..<width + 2]), reference) < Self.tolerance)
            #expect(after.row(row)[..<2] == before.row(row)[..<2])
            #expect(after.row(row)[(width + 2)...] == before.row(row)[(width + 2)...])
        }
    }

    @Test(arguments: InstructionSet.supported, [(1, 1), (16, 1), (34, 2), (96, 4), (93, 3), (1536, 1)])
    func gatedNormAgrees(set: InstructionSet, sizes: (width: Int, groups: Int)) throws {
        var numbers = Numbers(seed: UInt64(sizes.width))
        let values = numbers.matrix(4, sizes.width, -2...2)
        let gate = numbers.matrix(4, sizes.width, -6...6)
        let weight = numbers.floats(sizes.width)
        for normBeforeGate in [false, true] {
            var output = values
            try Arithmetic(instructionSet: set).gatedNorm(
                &output, rows: 4, gate: gate.view(), weight: FloatBuffer(weight), groups: sizes.groups, epsilon: 1e-5,
                normBeforeGate: normBeforeGate)
            let reference = Reference.gatedNorm(
                values.doubles, gate: gate.doubles, weight: weight.map(Double.init), groups: sizes.groups,
                epsilon: Double(Float(1e-5)), normBeforeGate: normBeforeGate)
            #expect(error(of: output.elements.array, reference) < Self.tolerance)
        }
    }

    @Test(arguments: InstructionSet.supported, [1, 2, 3, 4, 7])
    func convolutionAgreesHoweverRowsAreCut(set: InstructionSet, kernel: Int) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        for channels in [1, 16, 19, 80] {
            var numbers = Numbers(seed: UInt64(kernel * 1000 + channels))
            let input = numbers.matrix(23, channels, -2...2)
            let weight = numbers.matrix(kernel, channels)
            let bias = channels == 19 ? nil : FloatBuffer(numbers.floats(channels))
            let start = numbers.floats((kernel - 1) * channels)
            var referenceHistory = start.map(Double.init)
            let reference = Reference.causalConvolution(
                input.doubles, weight: weight.doubles, bias: bias?.array.map(Double.init), channels: channels,
                history: &referenceHistory)
            for cuts in [[23], [1, 1, 1, 20], [2, 5, 16]] {
                var history = FloatBuffer(start)
                var found: [Float] = []
                var row = 0
                for rows in cuts {
                    var output = Matrix(rows: rows, columns: channels)
                    arithmetic.causalConvolution(
                        input.view(fromRow: row), rows: 0..<rows, weight: weight, bias: bias, history: &history,
                        into: &output)
                    found += output.elements.array
                    row += rows
                }
                #expect(error(of: found, reference) < Self.tolerance)
                #expect(history.array.map(Double.init) == referenceHistory)
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func rowsAreAddedInFloat64(set: InstructionSet) throws {
        var numbers = Numbers(seed: 1)
        let values = numbers.matrix(100, 37, -1000...1000)
        var sums = [Double](repeating: 0.5, count: 37)
        var expected = sums
        for row in 0..<100 { for column in 0..<37 { expected[column] += Double(values.row(row)[column]) } }
        let arithmetic = try Arithmetic(instructionSet: set)
        arithmetic.add(values.view(), rows: 33, to: &sums)
        arithmetic.add(values.view(fromRow: 33), rows: 67, to: &sums)
        #expect(sums == expected)
    }
}
