internal import CKernels

/// The rows of several sequences, one after the other. The bits of a row depend on its own sequence alone.
public struct RowPieces: Sendable {
    /// The rows of each piece, in order.
    public let pieces: [Range<Int>]

    /// The rows of one sequence.
    public init(rows: Int) {
        pieces = [0..<rows]
    }

    /// The rows of several sequences, in order.
    public init(counts: [Int]) {
        var pieces: [Range<Int>] = []
        var end = 0
        for count in counts {
            pieces.append(end..<end + count)
            end += count
        }
        self.pieces = pieces
    }

    /// The number of all rows.
    public var rows: Int { pieces.last?.upperBound ?? 0 }

    /// The pieces, where neighbouring pieces of fewer than `few` rows form one run.
    func runs(ofFewerThan few: Int) -> [(rows: Range<Int>, areFew: Bool)] {
        var runs: [(rows: Range<Int>, areFew: Bool)] = []
        for piece in pieces where !piece.isEmpty {
            let areFew = piece.count < few
            if areFew, let last = runs.last, last.areFew {
                runs[runs.count - 1].rows = last.rows.lowerBound..<piece.upperBound
            } else {
                runs.append((piece, areFew))
            }
        }
        return runs
    }
}

extension Arithmetic {
    /// The linear layer of a checkpoint: output[rows, N] = or += input[rows, K] · weight[N, K]ᵀ.
    ///
    /// Float32 sums over K differ from those in float64 by less than 2e-6 of the largest. With bfloat16, this holds for
    /// sums of rounded factors.
    ///
    /// - Parameters:
    ///   - part: the part of `weight` to multiply by, whose rows are the N columns; `nil`: the whole.
    ///   - adding: whether to add to the contents of `output`.
    public func multiply(
        _ input: MatrixView, rows: RowPieces, by weight: LinearWeight, part: Int? = nil, into output: inout Matrix,
        adding: Bool = false
    ) {
        let chosen = part.map(weight.part) ?? 0..<weight.rows
        let count = rows.rows
        input.require(rows: count, columns: weight.columns, "matrix product")
        precondition(count <= output.rows && chosen.count <= output.columns, "matrix product's output")
        guard count > 0, !chosen.isEmpty else { return }
        let stride = output.columns
        withExtendedLifetime((input, weight)) {
            let result = unsafe output.elements.mutableStart()
            switch weight.form {
            case .plain:
                let part = Matrix(weight.elements, rows: weight.rows, columns: weight.columns)
                unsafe multiplyPlain(
                    input, rows: rows, by: part, weightRows: chosen, into: result, stride: stride, adding: adding)
            case .panels:
                let first = unsafe weight.elements.start + chosen.lowerBound * weight.columns
                unsafe kernels.packed_product(
                    count, chosen.count, weight.columns, input.start, input.stride, first, adding, result, stride)
            case .bfloat16Panels:
                let steps = (weight.columns + 1) / 2
                let first = unsafe weight.elements.start + chosen.lowerBound * steps
                unsafe withRounded(input.start, rows: count, columns: weight.columns, stride: input.stride) { rounded in
                    unsafe first.withMemoryRebound(to: UInt32.self, capacity: chosen.count * steps) {
                        unsafe bfloat16Product(count, chosen.count, steps, rounded, steps, $0, adding, result, stride)
                    }
                }
            }
        }
    }

    /// Multiplies piece by piece, because OpenBLAS's bits depend on the number of rows.
    private func multiplyPlain(
        _ input: MatrixView, rows: RowPieces, by weight: Matrix, weightRows: Range<Int>,
        into result: UnsafeMutablePointer<Float>, stride: Int, adding: Bool
    ) {
        let first = unsafe weight.elements.start + weightRows.lowerBound * weight.columns
        for run in rows.runs(ofFewerThan: Self.fewRows) {
            let start = unsafe input.start + run.rows.lowerBound * input.stride
            let result = unsafe result + run.rows.lowerBound * stride
            if run.areFew {
                unsafe kernels.few_rows_product(
                    run.rows.count, weightRows.count, weight.columns, start, input.stride, first, weight.columns,
                    adding, result, stride)
            } else {
                unsafe blas.product(
                    rows: run.rows.count, columns: weightRows.count, inner: weight.columns,
                    left: OpenBLAS.Factor(start: start, stride: input.stride),
                    right: OpenBLAS.Factor(start: first, stride: weight.columns, transposed: true),
                    scale: adding ? 1 : 0, result: result, resultStride: stride)
            }
        }
    }

    /// Adds a bias: values[rows, N] += bias[N].
    public func add(_ bias: FloatBuffer, rows: Int, to values: inout Matrix) {
        precondition(bias.count == values.columns && rows <= values.rows, "bias of \(bias.count) elements")
        let width = values.columns
        withExtendedLifetime(bias) {
            unsafe kernels.add_bias(rows, width, bias.start, values.elements.mutableStart(), width)
        }
    }
}
