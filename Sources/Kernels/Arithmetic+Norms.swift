internal import CKernels

extension Arithmetic {
    /// The root mean square norm: output = input / √(mean(input²) + epsilon) · weight, row by row (Zhang and Sennrich,
    /// 2019, arXiv:1910.07467).
    public func rootMeanSquareNorm(
        _ input: MatrixView, rows: Int, weight: FloatBuffer, epsilon: Float, into output: inout Matrix,
        outputRow: Int = 0
    ) {
        let width = output.columns
        input.require(rows: rows, columns: width, "norm")
        precondition(weight.count == width && outputRow + rows <= output.rows, "norm's output or weight")
        withExtendedLifetime((input, weight)) {
            unsafe kernels.root_mean_square_norm(
                rows, width, input.start, input.stride, weight.start, epsilon,
                output.elements.mutableStart() + outputRow * width, width)
        }
    }

    /// The root mean square norm without a weight, in place, over some columns of each row. Falcon-Mamba applies it to
    /// step, B and C.
    public func normalizeRootMeanSquare(columns: Range<Int>, rows: Int, epsilon: Float, of values: inout Matrix) {
        precondition(columns.upperBound <= values.columns && rows <= values.rows, "norm of columns \(columns)")
        let stride = values.columns
        let first = unsafe values.elements.mutableStart() + columns.lowerBound
        unsafe kernels.root_mean_square_norm(rows, columns.count, first, stride, nil, epsilon, first, stride)
    }

    /// Mamba-2's gated norm over `groups` equal parts of each row, in place (Dao and Gu, 2024, arXiv:2405.21060,
    /// section 7.1): norm(values · silu(gate)) · weight, or with `normBeforeGate` norm(values) · weight · silu(gate).
    public func gatedNorm(
        _ values: inout Matrix, rows: Int, gate: MatrixView, weight: FloatBuffer, groups: Int, epsilon: Float,
        normBeforeGate: Bool
    ) {
        let width = values.columns
        gate.require(rows: rows, columns: width, "gate")
        precondition(weight.count == width && rows <= values.rows && width % groups == 0, "gated norm of \(width)")
        withExtendedLifetime((gate, weight)) {
            unsafe kernels.gated_norm(
                rows, width, groups, values.elements.mutableStart(), width, gate.start, gate.stride, weight.start,
                epsilon, normBeforeGate)
        }
    }
}
