internal import CKernels

/// The inputs of the Mamba-1 scan for the rows of a block.
public struct ScanInputs {
    /// The convolution's output u, [rows, channels].
    var input: MatrixView
    /// The matrix B, [rows, states].
    var b: MatrixView
    /// The matrix C, [rows, states], with the same distance between rows as B.
    var c: MatrixView
    /// The gate z, [rows, channels].
    var gate: MatrixView

    public init(input: MatrixView, b: MatrixView, c: MatrixView, gate: MatrixView) {
        self.input = input
        self.b = b
        self.c = c
        self.gate = gate
    }
}

/// The weights of a layer that the Mamba-1 scan needs.
public struct ScanParameters: Sendable {
    /// The rates A · log2(e), [states, channels]. The scan's exponentials are powers of two.
    let rates: Matrix
    /// The skip weight D, [channels].
    let skip: FloatBuffer
    /// The bias of the step, [channels].
    let stepBias: FloatBuffer

    /// - Parameters:
    ///   - a: A, [channels, states], negative.
    ///   - skip: D, [channels].
    ///   - stepBias: the bias of the step, [channels].
    public init(a: Matrix, skip: FloatBuffer, stepBias: FloatBuffer) {
        precondition(a.columns <= Arithmetic.largestScanState, "d_state \(a.columns)")
        precondition(skip.count == a.rows && stepBias.count == a.rows, "D or step bias for \(a.rows) channels")
        var rates = a.transposed
        let elements = rates.elements
        rates.elements.fill { perBinaryPower(elements[$0]) }
        self.rates = rates
        self.skip = skip
        self.stepBias = stepBias
    }
}

extension Arithmetic {
    /// The largest `d_state` of the Mamba-1 scan.
    public static let largestScanState = Int(LONGSCAN_SCAN_STATES_MAX)

    /// The Mamba-1 selective scan, fused with the step's softplus, the skip and the gate (Gu and Dao, 2023,
    /// arXiv:2312.00752, equations 2 and 4): Δ = softplus(steps + bias), h = exp(Δ·A)·h + Δ·B·u, y = C·h + D·u, output
    /// = y · silu(z).
    ///
    /// - Parameters:
    ///   - rows: the rows of one sequence, in inputs and steps.
    ///   - steps: [rows, channels]; before the call the step without its bias, after the call the output.
    ///   - state: h, [states, channels].
    public func selectiveScan(
        steps: inout Matrix, _ inputs: ScanInputs, rows: Range<Int>, parameters: ScanParameters,
        state: inout FloatBuffer
    ) {
        let channels = steps.columns
        let states = parameters.rates.rows
        inputs.input.require(rows: rows.upperBound, columns: channels, "scan's input")
        inputs.gate.require(rows: rows.upperBound, columns: channels, "scan's gate")
        inputs.b.require(rows: rows.upperBound, columns: states, "scan's B")
        inputs.c.require(rows: rows.upperBound, columns: states, "scan's C")
        precondition(inputs.b.stride == inputs.c.stride && rows.upperBound <= steps.rows, "scan's B, C or steps")
        precondition(parameters.rates.columns == channels && state.count == states * channels, "scan's state")
        withExtendedLifetime((inputs, parameters)) {
            let first = rows.lowerBound
            let bc = first * inputs.b.stride
            var arguments = unsafe longscan_selective_scan(
                rows: rows.count, channels: channels, states: states,
                steps: steps.elements.mutableStart() + first * channels, steps_stride: channels,
                step_bias: parameters.stepBias.start, input: inputs.input.start + first * inputs.input.stride,
                input_stride: inputs.input.stride, rates: parameters.rates.elements.start, b: inputs.b.start + bc,
                c: inputs.c.start + bc, bc_stride: inputs.b.stride, skip: parameters.skip.start,
                gate: inputs.gate.start + first * inputs.gate.stride, gate_stride: inputs.gate.stride,
                state: state.mutableStart())
            unsafe kernels.selective_scan(&arguments)
        }
    }
}

/// The number x · log2(e). Two to this power is eˣ.
func perBinaryPower(_ x: Float) -> Float {
    Float(Double(x) * 1.442695040888963407)
}
