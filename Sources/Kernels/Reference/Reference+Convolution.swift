extension Reference {
    /// The causal convolution of each channel: silu(bias + Σⱼ weight[j] · input[t - (kernel - 1) + j]).
    ///
    /// - Parameters:
    ///   - weight: [kernel, channels], oldest tap first.
    ///   - history: the last inputs, [kernel - 1, channels], oldest first. It moves on by the rows.
    package static func causalConvolution(
        _ input: [Double], weight: [Double], bias: [Double]?, channels: Int, history: inout [Double]
    ) -> [Double] {
        let kernel = weight.count / channels
        let all = history + input
        var result = [Double](repeating: 0, count: input.count)
        for t in 0..<input.count / channels {
            for channel in 0..<channels {
                var sum = bias?[channel] ?? 0
                for j in 0..<kernel { sum += weight[j * channels + channel] * all[(t + j) * channels + channel] }
                result[t * channels + channel] = silu(sum)
            }
        }
        history = Array(all.suffix((kernel - 1) * channels))
        return result
    }
}
