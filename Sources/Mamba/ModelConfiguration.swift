/// The sizes and constants of a model, whatever file they came from.
public struct ModelConfiguration: Sendable, Equatable {
    /// What the layers' mixers are.
    public enum Mixer: Sendable, Equatable {
        case mamba1(Mamba1Configuration)
        case mamba2(Mamba2Configuration)
    }

    /// `model_type` in transformers: `mamba`, `mamba2` or `falcon_mamba`.
    public var family: String
    /// d_model.
    public var hiddenSize: Int
    public var layers: Int
    /// Ids that mean something: no other is sampled.
    public var vocabularySize: Int
    /// Rows of embedding and head, padding included.
    public var paddedVocabularySize: Int
    /// Of every layer's norm and the last one.
    public var epsilon: Float
    /// The head is the embedding.
    public var tiesEmbeddings: Bool
    public var mixer: Mixer

    public init(
        family: String, hiddenSize: Int, layers: Int, vocabularySize: Int, paddedVocabularySize: Int,
        epsilon: Float = 1e-5, tiesEmbeddings: Bool = true, mixer: Mixer
    ) {
        self.family = family
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.vocabularySize = vocabularySize
        self.paddedVocabularySize = paddedVocabularySize
        self.epsilon = epsilon
        self.tiesEmbeddings = tiesEmbeddings
        self.mixer = mixer
    }
}

/// Sizes of a Mamba-1 mixer (Gu and Dao, 2023, arXiv:2312.00752).
public struct Mamba1Configuration: Sendable, Equatable {
    /// d_inner, channels of convolution and scan.
    public var channels: Int
    /// d_state.
    public var states: Int
    /// d_conv, taps of the convolution.
    public var kernel: Int
    /// dt_rank, width of the step before its projection.
    public var stepRank: Int
    /// Bias of the input and output projections.
    public var hasBias: Bool
    public var hasConvolutionBias: Bool
    /// Falcon-Mamba's norm on step, B and C; `nil` has none.
    public var mixerNormEpsilon: Float?

    public init(
        channels: Int, states: Int = 16, kernel: Int = 4, stepRank: Int, hasBias: Bool = false,
        hasConvolutionBias: Bool = true, mixerNormEpsilon: Float? = nil
    ) {
        self.channels = channels
        self.states = states
        self.kernel = kernel
        self.stepRank = stepRank
        self.hasBias = hasBias
        self.hasConvolutionBias = hasConvolutionBias
        self.mixerNormEpsilon = mixerNormEpsilon
    }
}

/// Sizes of a Mamba-2 mixer (Dao and Gu, 2024, arXiv:2405.21060).
public struct Mamba2Configuration: Sendable, Equatable {
    public var heads: Int
    /// P, channels of a head.
    public var headChannels: Int
    /// N, d_state.
    public var states: Int
    /// Groups of heads that share B and C, and parts of the gated norm.
    public var groups: Int
    /// d_conv, taps of the convolution.
    public var kernel: Int
    /// What steps are clamped to after softplus.
    public var stepLimit: ClosedRange<Float>
    /// Bias of the input and output projections.
    public var hasBias: Bool
    public var hasConvolutionBias: Bool
    public var normBeforeGate: Bool

    public init(
        heads: Int, headChannels: Int = 64, states: Int = 128, groups: Int = 1, kernel: Int = 4,
        stepLimit: ClosedRange<Float> = 0 ... .infinity, hasBias: Bool = false, hasConvolutionBias: Bool = true,
        normBeforeGate: Bool = false
    ) {
        self.heads = heads
        self.headChannels = headChannels
        self.states = states
        self.groups = groups
        self.kernel = kernel
        self.stepLimit = stepLimit
        self.hasBias = hasBias
        self.hasConvolutionBias = hasConvolutionBias
        self.normBeforeGate = normBeforeGate
    }

    /// d_inner.
    public var channels: Int { heads * headChannels }
    /// X, B and C side by side, which the convolution runs over.
    public var convolutionChannels: Int { channels + 2 * groups * states }
}

extension ModelConfiguration {
    /// Bytes that the recurrent state of one sequence takes.
    public var stateBytes: Int {
        let elements =
            switch mixer {
            case .mamba1(let sizes): (sizes.kernel - 1 + sizes.states) * sizes.channels
            case .mamba2(let sizes):
                (sizes.kernel - 1) * sizes.convolutionChannels + sizes.states * sizes.channels
            }
        return layers * elements * MemoryLayout<Float>.size
    }

    /// Columns that a mixer's first product gives.
    public var inputProjectionColumns: Int {
        switch mixer {
        case .mamba1(let sizes): 2 * sizes.channels
        case .mamba2(let sizes): sizes.projectedColumns
        }
    }

    /// Weights of all layers' linear products: each costs a token one multiplication and one addition.
    public var productWeights: Int {
        let layer =
            switch mixer {
            case .mamba1(let sizes):
                sizes.channels * (3 * hiddenSize + 2 * sizes.stepRank + 2 * sizes.states)
            case .mamba2(let sizes):
                hiddenSize * (sizes.projectedColumns + sizes.channels)
            }
        return layers * layer
    }

    /// What the arithmetic of one token costs at least; divided by a machine's rates it gives a limit.
    public struct TokenCost: Sendable, Equatable {
        /// Float operations of matrix products, two for a weight; of Mamba-2's scan those of blocks of 64 rows.
        public var flops: Double
        public var exponentials: Double
        /// Elements of weights that the products read, once for all rows that are computed together.
        public var weights: Double
    }

    /// - Parameter includesHead: with the logits of every row of the vocabulary.
    public func tokenCost(includesHead: Bool) -> TokenCost {
        let head = includesHead ? Double(paddedVocabularySize) : 0
        let weights = Double(productWeights) + head * Double(hiddenSize)
        var cost = TokenCost(flops: 2 * weights, exponentials: head, weights: weights)
        switch mixer {
        case .mamba1(let sizes):
            // Decays of all states; softplus; SiLU after the convolution and of the gate.
            cost.exponentials += Double(layers * sizes.channels * (sizes.states + 3))
        case .mamba2(let sizes):
            let block = 64
            let width = sizes.channels
            let products = 2 * (2 * sizes.states * width + block * width + block * sizes.groups * sizes.states)
            cost.flops += Double(layers * products)
            // SiLU after the convolution and of the gate; the mask of each head.
            cost.exponentials += Double(layers * (sizes.convolutionChannels + width + block * sizes.heads))
        }
        return cost
    }
}
