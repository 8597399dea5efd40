internal import CKernels

/// The inputs of a Mamba-2 mixer's state-space layer for the rows of a block (Dao and Gu, 2024, arXiv:2405.21060).
public struct HeadInputs {
    /// The matrix X, [rows, heads · head channels].
    public var input: MatrixView
    /// The matrix B, [rows, groups · states].
    public var b: MatrixView
    /// The matrix C, [rows, groups · states], with the same distance between rows as B.
    public var c: MatrixView

    public init(input: MatrixView, b: MatrixView, c: MatrixView) {
        self.input = input
        self.b = b
        self.c = c
    }
}

/// The weights and sizes that a Mamba-2 mixer's state-space layer needs.
public struct HeadParameters: Sendable {
    let heads: Int
    let headChannels: Int
    let groups: Int
    let states: Int
    /// The rates A · log2(e), [heads].
    let rates: FloatBuffer
    /// The skip weight D, [heads].
    let skip: FloatBuffer
    /// The bias of the step, [heads].
    let stepBias: FloatBuffer
    /// The limits of the step after softplus.
    let stepLimit: ClosedRange<Float>

    /// - Parameters:
    ///   - a: A, [heads], negative.
    ///   - skip: D, [heads].
    ///   - stepBias: the bias of the step, [heads].
    public init(
        a: [Float], skip: FloatBuffer, stepBias: FloatBuffer, headChannels: Int, groups: Int, states: Int,
        stepLimit: ClosedRange<Float>
    ) {
        precondition(skip.count == a.count && stepBias.count == a.count, "D or step bias for \(a.count) heads")
        precondition(groups > 0 && a.count % groups == 0, "\(a.count) heads in \(groups) groups")
        heads = a.count
        self.headChannels = headChannels
        self.groups = groups
        self.states = states
        rates = FloatBuffer(a.map(perBinaryPower))
        self.skip = skip
        self.stepBias = stepBias
        self.stepLimit = stepLimit
    }

    var channels: Int { heads * headChannels }
}

/// The scratch memory of the state-space duality, allocated once per lane.
public struct DualityScratch {
    static let blockRows = Int(LONGSCAN_DUALITY_ROWS)

    var steps: FloatBuffer
    var scores: FloatBuffer
    var weighted: FloatBuffer
    var channels: FloatBuffer
    var mask: FloatBuffer

    /// - Parameter rows: the largest number of rows in a call.
    public init(rows: Int, parameters: HeadParameters) {
        let block = Self.blockRows
        steps = FloatBuffer(count: rows * parameters.heads)
        scores = FloatBuffer(count: parameters.groups * block * block)
        weighted = FloatBuffer(count: block * parameters.channels)
        channels = FloatBuffer(count: 2 * parameters.channels)
        mask = FloatBuffer(count: block * (block + 4))
    }
}

extension Arithmetic {
    /// The Mamba-2 state-space layer: Δ = clamp(softplus(steps + bias)), h = exp(Δ·A)·h + Δ·B·x, y = C·h + D·x per
    /// head.
    ///
    /// Few rows run the recurrence (section 2 of the paper); more run in blocks of 64 as matrix products (section 6).
    ///
    /// - Parameters:
    ///   - rows: the rows of one sequence, in inputs, steps and output.
    ///   - steps: the step before bias and softplus, [rows, heads].
    ///   - state: h, [states, heads · head channels].
    ///   - output: y, [rows, heads · head channels].
    public func stateSpaceDuality(
        _ inputs: HeadInputs, steps: MatrixView, rows: Range<Int>, parameters: HeadParameters, state: inout FloatBuffer,
        into output: inout Matrix, scratch: inout DualityScratch
    ) {
        let p = parameters
        inputs.input.require(rows: rows.upperBound, columns: p.channels, "mixer's input")
        inputs.b.require(rows: rows.upperBound, columns: p.groups * p.states, "mixer's B")
        inputs.c.require(rows: rows.upperBound, columns: p.groups * p.states, "mixer's C")
        steps.require(rows: rows.upperBound, columns: p.heads, "mixer's steps")
        precondition(
            inputs.b.stride == inputs.c.stride && scratch.steps.count >= rows.upperBound * p.heads, "B, C or scratch")
        precondition(output.columns == p.channels && rows.upperBound <= output.rows, "mixer's output")
        precondition(state.count == p.states * p.channels, "mixer's state")
        prepareSteps(steps, rows: rows, parameters: p, scratch: &scratch)
        if rows.count < Self.fewRows {
            recurrence(inputs, rows: rows, parameters: p, state: &state, into: &output, scratch: &scratch)
            return
        }
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: DualityScratch.blockRows) {
            let end = min(first + DualityScratch.blockRows, rows.upperBound)
            dualityBlock(inputs, rows: first..<end, parameters: p, state: &state, into: &output, scratch: &scratch)
        }
    }

    private func prepareSteps(
        _ steps: MatrixView, rows: Range<Int>, parameters p: HeadParameters, scratch: inout DualityScratch
    ) {
        withExtendedLifetime((steps, p)) {
            unsafe kernels.softplus_clamped(
                rows.count, p.heads, steps.start + rows.lowerBound * steps.stride, steps.stride, p.stepBias.start,
                p.stepLimit.lowerBound,
                p.stepLimit.upperBound, scratch.steps.mutableStart() + rows.lowerBound * p.heads, p.heads)
        }
    }

    private func recurrence(
        _ inputs: HeadInputs, rows: Range<Int>, parameters p: HeadParameters, state: inout FloatBuffer,
        into output: inout Matrix, scratch: inout DualityScratch
    ) {
        withExtendedLifetime((inputs, p)) {
            let first = rows.lowerBound
            var arguments = unsafe longscan_recurrence(
                rows: rows.count, heads: p.heads, head_channels: p.headChannels, groups: p.groups, states: p.states,
                input: inputs.input.start + first * inputs.input.stride, input_stride: inputs.input.stride,
                b: inputs.b.start + first * inputs.b.stride, c: inputs.c.start + first * inputs.c.stride,
                bc_stride: inputs.b.stride, steps: scratch.steps.start + first * p.heads, rates: p.rates.start,
                skip: p.skip.start, state: state.mutableStart(),
                output: output.elements.mutableStart() + first * p.channels, output_stride: p.channels,
                scratch: scratch.channels.mutableStart())
            unsafe kernels.recurrence(&arguments)
        }
    }

    /// Computes at most 64 rows: y = decay · (C · h) + mask(C Bᵀ) · x + D · x, then h = decay · h + Bᵀ · (decayed x).
    private func dualityBlock(
        _ inputs: HeadInputs, rows range: Range<Int>, parameters p: HeadParameters, state: inout FloatBuffer,
        into output: inout Matrix, scratch: inout DualityScratch
    ) {
        let rows = range.count
        let width = p.channels
        let groupWidth = width / p.groups
        withExtendedLifetime((inputs, p)) {
            let b = unsafe inputs.b.start + range.lowerBound * inputs.b.stride
            let c = unsafe inputs.c.start + range.lowerBound * inputs.c.stride
            let y = unsafe output.elements.mutableStart() + range.lowerBound * width
            let h = unsafe state.mutableStart()
            let scores = unsafe scratch.scores.mutableStart()
            let weighted = unsafe scratch.weighted.mutableStart()
            let decay = unsafe scratch.channels.mutableStart()
            for group in 0..<p.groups {
                let c = unsafe OpenBLAS.Factor(start: c + group * p.states, stride: inputs.c.stride)
                unsafe blas.product(
                    rows: rows, columns: rows, inner: p.states, left: c,
                    right: OpenBLAS.Factor(start: b + group * p.states, stride: inputs.b.stride, transposed: true),
                    scale: 0, result: scores + group * rows * rows, resultStride: rows)
                unsafe blas.product(
                    rows: rows, columns: groupWidth, inner: p.states, left: c,
                    right: OpenBLAS.Factor(start: h + group * groupWidth, stride: width),
                    scale: 0, result: y + group * groupWidth, resultStride: width)
            }
            var arguments = unsafe longscan_duality_block(
                rows: rows, heads: p.heads, head_channels: p.headChannels, groups: p.groups,
                input: inputs.input.start + range.lowerBound * inputs.input.stride, input_stride: inputs.input.stride,
                steps: scratch.steps.start + range.lowerBound * p.heads, rates: p.rates.start, skip: p.skip.start,
                scores: scores, output: y, output_stride: width, weighted: weighted, decay: decay,
                scratch: scratch.mask.mutableStart())
            unsafe kernels.duality_block(&arguments)
            unsafe kernels.scale_columns(p.states, width, decay, h, width)
            for group in 0..<p.groups {
                unsafe blas.product(
                    rows: p.states, columns: groupWidth, inner: rows,
                    left: OpenBLAS.Factor(start: b + group * p.states, stride: inputs.b.stride, transposed: true),
                    right: OpenBLAS.Factor(start: weighted + group * groupWidth, stride: width),
                    scale: 1, result: h + group * groupWidth, resultStride: width)
            }
        }
    }
}
