extension Reference {
    /// The root mean square norm of each row: x / √(mean(x²) + epsilon) · weight.
    package static func rootMeanSquareNorm(_ input: [Double], weight: [Double], epsilon: Double) -> [Double] {
        let width = weight.count
        var result = input
        for start in stride(from: 0, to: input.count, by: width) {
            var sum = 0.0
            for i in 0..<width { sum += input[start + i] * input[start + i] }
            let scale = 1 / (sum / Double(width) + epsilon).squareRoot()
            for i in 0..<width { result[start + i] = input[start + i] * scale * weight[i] }
        }
        return result
    }

    /// The gated norm over equal parts of each row: norm(values · silu(gate)) · weight, or norm(values) · weight ·
    /// silu(gate).
    package static func gatedNorm(
        _ values: [Double], gate: [Double], weight: [Double], groups: Int, epsilon: Double, normBeforeGate: Bool
    ) -> [Double] {
        let width = weight.count
        let part = width / groups
        var result = [Double](repeating: 0, count: values.count)
        for start in stride(from: 0, to: values.count, by: part) {
            let first = start % width
            let gates = (0..<part).map { silu(gate[start + $0]) }
            let input = (0..<part).map { values[start + $0] * (normBeforeGate ? 1 : gates[$0]) }
            let normed = rootMeanSquareNorm(input, weight: Array(weight[first..<first + part]), epsilon: epsilon)
            for i in 0..<part { result[start + i] = normed[i] * (normBeforeGate ? gates[i] : 1) }
        }
        return result
    }
}
