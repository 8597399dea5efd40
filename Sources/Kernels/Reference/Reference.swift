/// The kernels' operations as plain loops in float64: slow, and easy to check against the papers.
///
/// Only tests and `longscan selftest` use them, to compare the fast kernels with them. Matrices are row-major arrays.
package enum Reference {}

extension Reference {
    /// ln(1 + eˣ) without overflow.
    package static func softplus(_ x: Double) -> Double {
        max(x, 0) + naturalLogarithm(onePlus: exponential(-abs(x)))
    }

    /// x · sigmoid(x).
    package static func silu(_ x: Double) -> Double {
        x / (1 + exponential(-x))
    }

    /// The product input[rows, inner] · weight[columns, inner]ᵀ.
    package static func product(_ input: [Double], _ weight: [Double], rows: Int, columns: Int, inner: Int) -> [Double]
    {
        var result = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = 0.0
                for k in 0..<inner { sum += input[row * inner + k] * weight[column * inner + k] }
                result[row * columns + column] = sum
            }
        }
        return result
    }

    /// ln Σ exp(x).
    package static func logSumExp(_ row: some Collection<Double>) -> Double {
        let largest = row.max() ?? -.infinity
        return largest + naturalLogarithm(row.reduce(0) { $0 + exponential($1 - largest) })
    }
}
