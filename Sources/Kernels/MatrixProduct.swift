internal import CKernels

extension Arithmetic {
    /// output[rows, N] = or += input[rows, K] · weight[N, K]ᵀ, the linear layer of a checkpoint.
    ///
    /// - Parameters:
    ///   - weightRows: the rows of `weight` to multiply by, N of them; `nil` is all.
    ///   - adding: adds to what `output` holds.
    public func multiply(
        _ input: MatrixView, rows: Int, by weight: Matrix, weightRows: Range<Int>? = nil, into output: inout Matrix,
        adding: Bool = false
    ) {
        let chosen = weightRows ?? 0..<weight.rows
        input.require(rows: rows, columns: weight.columns, "matrix product")
        precondition(chosen.lowerBound >= 0 && chosen.upperBound <= weight.rows, "rows \(chosen) of \(weight.rows)")
        precondition(rows <= output.rows && chosen.count <= output.columns, "matrix product's output")
        guard rows > 0, !chosen.isEmpty else { return }
        let stride = output.columns
        withExtendedLifetime((input, weight)) {
            let first = unsafe weight.elements.start + chosen.lowerBound * weight.columns
            let result = unsafe output.elements.mutableStart()
            if rows < Self.fewRows {
                unsafe kernels.few_rows_product(
                    rows, chosen.count, weight.columns, input.start, input.stride, first, weight.columns, adding,
                    result, stride)
            } else {
                unsafe blas.product(
                    rows: rows, columns: chosen.count, inner: weight.columns,
                    left: OpenBLAS.Factor(start: input.start, stride: input.stride),
                    right: OpenBLAS.Factor(start: first, stride: weight.columns, transposed: true),
                    scale: adding ? 1 : 0, result: result, resultStride: stride)
            }
        }
    }

    /// values[rows, N] += bias[N].
    public func add(_ bias: FloatBuffer, rows: Int, to values: inout Matrix) {
        precondition(bias.count == values.columns && rows <= values.rows, "bias of \(bias.count) elements")
        let width = values.columns
        withExtendedLifetime(bias) {
            unsafe kernels.add_bias(rows, width, bias.start, values.elements.mutableStart(), width)
        }
    }
}
