public import Checkpoints
public import Kernels

/// The deviation of the fast model from the plain loops after the same tokens.
public struct Deviation: Sendable, Equatable {
    /// The largest difference between hidden rows, in units of the largest number in them.
    public var rows: Double
    /// The largest difference in any tensor of the state, in units of the largest number in that tensor.
    public var state: Double

    /// The limit of float32's rounding errors. Sums of a few thousand products in float32 are some 10⁻⁶ off, and the
    /// layers' gates and steps pass that on. A wrong term shows at 10⁻² and above.
    public static let tolerance = 1e-4

    public var isTolerable: Bool { rows <= Self.tolerance && state <= Self.tolerance }

    /// Reads tokens with both models, from the empty state to the last token.
    ///
    /// - Throws: `ModelError` when the source lacks a tensor.
    public init(
        configuration: ModelConfiguration, source: any TensorSource, arithmetic: Arithmetic, tokens: [Int32]
    ) throws(ModelError) {
        self.init(
            of: try LanguageModel(configuration: configuration, source: source, arithmetic: arithmetic),
            from: try ReferenceModel(configuration: configuration, source: source), tokens: tokens)
    }

    package init(of fast: LanguageModel, from plain: ReferenceModel, tokens: [Int32]) {
        let workspace = fast.makeWorkspace()
        var (state, plainState) = (fast.emptyState(), plain.emptyState())
        var (difference, scale) = (0.0, 0.0)
        for start in stride(from: 0, to: tokens.count, by: LanguageModel.blockTokens) {
            let block = tokens[start..<min(start + LanguageModel.blockTokens, tokens.count)]
            fast.readBlock(block, from: &state, in: workspace)
            let expected = plain.read(block, from: &plainState)
            let rows = (0..<block.count).flatMap { workspace.hiddenRow($0) }
            difference = max(difference, Self.largestDifference(rows, expected))
            scale = max(scale, Self.largest(expected))
        }
        rows = difference / scale
        self.state = zip(state.tensors, plainState.tensors).reduce(0) { worst, pair in
            let scale = Self.largest(pair.1)
            let difference = Self.largestDifference(pair.0.elements.array, pair.1)
            return max(worst, difference == 0 ? 0 : difference / scale)
        }
    }

    /// The largest difference; infinite if a number is not finite.
    private static func largestDifference(_ left: [Float], _ right: [Double]) -> Double {
        precondition(left.count == right.count, "\(left.count) and \(right.count) numbers")
        return zip(left, right).reduce(0) { largest, pair in
            let difference = abs(Double(pair.0) - pair.1)
            return difference.isNaN ? .infinity : max(largest, difference)
        }
    }

    private static func largest(_ values: [Double]) -> Double {
        values.reduce(0) { max($0, abs($1)) }
    }
}
