internal import CKernels

extension Arithmetic {
    /// The taps of the widest supported convolution.
    public static let largestConvolutionKernel = Int(LONGSCAN_CONVOLUTION_KERNEL_MAX)

    /// output[t, c] = silu(bias[c] + Σⱼ weight[j, c] · input[t - (kernel - 1) + j, c]): depthwise and causal.
    ///
    /// - Parameters:
    ///   - rows: the rows of one sequence, in input and output.
    ///   - weight: [kernel, channels], oldest tap first.
    ///   - history: the last inputs, [kernel - 1, channels], oldest first: before the call those before the first row,
    ///     after the call those of the last rows.
    public func causalConvolution(
        _ input: MatrixView, rows: Range<Int>, weight: Matrix, bias: FloatBuffer?, history: inout FloatBuffer,
        into output: inout Matrix
    ) {
        let channels = weight.columns
        input.require(rows: rows.upperBound, columns: channels, "convolution")
        precondition(weight.rows >= 1 && weight.rows <= Self.largestConvolutionKernel, "kernel \(weight.rows)")
        precondition(history.count == (weight.rows - 1) * channels, "history of \(history.count) elements")
        precondition(output.columns == channels && rows.upperBound <= output.rows, "convolution's output")
        precondition(bias.map { $0.count == channels } ?? true, "convolution's bias")
        withExtendedLifetime((input, weight, bias)) {
            var arguments = unsafe longscan_convolution(
                rows: rows.count, channels: channels, kernel: weight.rows,
                input: input.start + rows.lowerBound * input.stride, input_stride: input.stride,
                weight: weight.elements.start, bias: bias?.start, history: history.mutableStart(),
                output: output.elements.mutableStart() + rows.lowerBound * channels, output_stride: channels)
            unsafe kernels.convolution_silu(&arguments)
        }
    }
}
