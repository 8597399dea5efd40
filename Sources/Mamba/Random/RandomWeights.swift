public import Checkpoints
internal import Kernels

/// Weights of any shape, drawn from a seed. They serve benchmarks and tests that only need finite numbers and the right
/// amount of work.
///
/// Their scales are those of a fresh initialisation: projections keep the variance of their input, and steps are 0.001
/// to 0.1. A is -1, -2, … -d_state (Gu and Dao, 2023, arXiv:2312.00752, section 3.6), or between -1 and -16 for each
/// head of Mamba-2 (state-spaces/mamba, `A_init_range`).
public struct RandomWeights: TensorSource {
    public let file = "random weights"
    /// The names of stored tensors. There are none: the source makes up every tensor that is asked for.
    public let names: Set<String> = []
    public let storedNumbers: [String: Int] = [:]
    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    public func tensor(_ name: String, expecting shape: [Int]) -> Tensor? {
        // Each tensor has a stream of its own, so that its numbers do not depend on the order of requests.
        var numbers = UniformNumbers(seed: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        let columns = shape.count > 1 ? shape[shape.count - 1] : 1
        var elements = FloatBuffer(count: shape.reduce(1, *))
        let draw = Self.distribution(of: name, shape: shape)
        elements.fill { index in draw(numbers.next(), index % columns) }
        return Tensor(shape: shape, elements: elements)
    }

    /// The function from a number of 0 ..< 1 and a column to an element of a tensor.
    private static func distribution(of name: String, shape: [Int]) -> (Float, Int) -> Float {
        if name.hasSuffix("A_log") {
            return shape.count > 1
                ? { _, column in Float(naturalLogarithm(Double(column + 1))) }
                : { number, _ in Float(naturalLogarithm(1 + 15 * Double(number))) }
        }
        if name.hasSuffix("norm.weight") || name.hasSuffix("norm_f.weight") || name.hasSuffix(".D") {
            return { _, _ in 1 }
        }
        if name.hasSuffix("dt_bias") || name.hasSuffix("dt_proj.bias") {
            // The inverse of softplus spreads the steps evenly on a logarithmic scale.
            return { number, _ in
                Float(naturalLogarithm(exponential(exponential(-6.9 + 4.6 * Double(number))) - 1))
            }
        }
        // A uniform number of this width has the variance 1 / inputs.
        let inputs = shape.count > 1 ? shape[1...].reduce(1, *) : 1200
        let width = (12 / Float(inputs)).squareRoot()
        return { number, _ in (number - 0.5) * width }
    }
}

/// A stream of numbers of 0 ..< 1 from a seed (SplitMix64: Steele, Lea and Flood, 2014).
private struct UniformNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Float {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
    }
}
