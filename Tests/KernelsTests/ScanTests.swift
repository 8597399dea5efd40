import Kernels
import Testing

/// The scans against plain loops in float64: outputs and states within 5e-6 of the largest element.
@Suite struct ScanTests {
    static let tolerance = 5e-6

    @Test(arguments: InstructionSet.supported, [(1, 1), (3, 16), (5, 8), (16, 16), (17, 3), (40, 16), (97, 33)])
    func selectiveScanAgrees(set: InstructionSet, sizes: (channels: Int, states: Int)) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        let (channels, states) = sizes
        for rows in [1, 2, 31, 100] {
            var numbers = Numbers(seed: UInt64(channels * 1000 + states))
            // B and C side by side, as the projection leaves them.
            let bc = numbers.matrix(rows, 2 * states)
            var steps = numbers.matrix(rows, channels, -8...3)
            let (input, gate) = (numbers.matrix(rows, channels), numbers.matrix(rows, channels, -5...5))
            let a = numbers.matrix(channels, states, -10 ... -0.01)
            let (skip, bias) = (numbers.floats(channels), numbers.floats(channels))
            var state = FloatBuffer(numbers.floats(channels * states))
            var referenceState = state.array.map(Double.init)
            let scan = Reference.Scan(
                steps: steps.doubles, input: input.doubles, b: columns(0..<states, of: bc),
                c: columns(states..<2 * states, of: bc), gate: gate.doubles, a: a.doubles,
                skip: skip.map(Double.init), stepBias: bias.map(Double.init))
            let reference = Reference.selectiveScan(scan, state: &referenceState)
            arithmetic.selectiveScan(
                steps: &steps,
                ScanInputs(
                    input: input.view(), b: bc.view(columns: 0..<states), c: bc.view(columns: states..<2 * states),
                    gate: gate.view()),
                rows: 0..<rows,
                parameters: ScanParameters(a: a, skip: FloatBuffer(skip), stepBias: FloatBuffer(bias)), state: &state)
            #expect(error(of: steps.elements.array, reference) < Self.tolerance)
            #expect(error(of: state.array, referenceState) < Self.tolerance)
        }
    }

    @Test(arguments: InstructionSet.supported)
    func softplusNeitherOverflowsNorLosesSmallSteps(set: InstructionSet) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        // One channel, one state, A = -0: the state is the sum of the steps, and after one token the step.
        for step: Float in [-80, -30, -10, -1, 0, 0.5, 1, 20, 100, 3000] {
            let one = Matrix(FloatBuffer([1]), rows: 1, columns: 1)
            var steps = Matrix(FloatBuffer([step]), rows: 1, columns: 1)
            var state = FloatBuffer([0])
            arithmetic.selectiveScan(
                steps: &steps, ScanInputs(input: one.view(), b: one.view(), c: one.view(), gate: one.view()),
                rows: 0..<1,
                parameters: ScanParameters(
                    a: Matrix(FloatBuffer([-0.0]), rows: 1, columns: 1), skip: FloatBuffer([0]),
                    stepBias: FloatBuffer([0])),
                state: &state)
            let expected = Reference.softplus(Double(step))
            #expect(abs(Double(state[0]) - expected) <= 2e-6 * expected)
        }
    }

    @Test(arguments: InstructionSet.supported, [1, 3, 7, 8, 63, 64, 65, 71, 200])
    func stateSpaceDualityAgrees(set: InstructionSet, rows: Int) throws {
        let arithmetic = try Arithmetic(instructionSet: set)
        for (heads, headChannels, groups, states) in [
            (1, 1, 1, 1), (2, 16, 1, 16), (6, 12, 2, 24), (4, 64, 1, 64), (3, 33, 3, 5), (2, 80, 1, 3),
        ] {
            var numbers = Numbers(seed: UInt64(rows * 100 + heads))
            let (channels, width) = (heads * headChannels, groups * states)
            let xbc = numbers.matrix(rows, channels + 2 * width)
            let raw = numbers.matrix(rows, heads, -6...2)
            let a = numbers.floats(heads, -8 ... -0.02)
            let (skip, bias) = (numbers.floats(heads), numbers.floats(heads))
            let limit: ClosedRange<Float> = heads == 6 ? 0.01...0.5 : 0 ... .infinity
            let parameters = HeadParameters(
                a: a, skip: FloatBuffer(skip), stepBias: FloatBuffer(bias), headChannels: headChannels, groups: groups,
                states: states, stepLimit: limit)
            let steps = raw.doubles.enumerated().map { index, step in
                min(
                    max(Reference.softplus(step + Double(bias[index % heads])), Double(limit.lowerBound)),
                    Double(limit.upperBound))
            }
            var state = FloatBuffer(numbers.floats(states * channels))
            var referenceState = state.array.map(Double.init)
            let x = 0..<channels
            let b = channels..<channels + width
            let c = b.upperBound..<b.upperBound + width
            let reference = Reference.headRecurrence(
                Reference.Heads(
                    input: columns(x, of: xbc), b: columns(b, of: xbc), c: columns(c, of: xbc), steps: steps,
                    a: a.map(Double.init), skip: skip.map(Double.init), headChannels: headChannels, groups: groups),
                state: &referenceState)
            var output = Matrix(rows: rows, columns: channels)
            var scratch = DualityScratch(rows: rows, parameters: parameters)
            arithmetic.stateSpaceDuality(
                HeadInputs(input: xbc.view(columns: x), b: xbc.view(columns: b), c: xbc.view(columns: c)),
                steps: raw.view(), rows: 0..<rows, parameters: parameters, state: &state, into: &output,
                scratch: &scratch)
            #expect(error(of: output.elements.array, reference) < Self.tolerance)
            #expect(error(of: state.array, referenceState) < Self.tolerance)
        }
    }

    private func columns(_ range: Range<Int>, of matrix: Matrix) -> [Double] {
        (0..<matrix.rows).flatMap { matrix.row($0)[range].map(Double.init) }
    }
}
