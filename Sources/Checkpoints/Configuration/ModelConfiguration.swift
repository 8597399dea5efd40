/// The sizes and constants of a model, whatever file they came from.
public struct ModelConfiguration: Sendable, Equatable {
    /// `model_type` in transformers: the name of a `ModelFamily`.
    public var family: String
    /// d_model.
    public var hiddenSize: Int
    /// From the embedding to the last norm.
    public var layers: [LayerConfiguration]
    /// Ids that mean something: no other is sampled.
    public var vocabularySize: Int
    /// Rows of embedding and head, padding included.
    public var paddedVocabularySize: Int
    /// Of every layer's norm and the last one.
    public var epsilon: Float
    /// The head is the embedding.
    public var tiesEmbeddings: Bool

    public init(
        family: String, hiddenSize: Int, layers: [LayerConfiguration], vocabularySize: Int, paddedVocabularySize: Int,
        epsilon: Float = 1e-5, tiesEmbeddings: Bool = true
    ) {
        self.family = family
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.vocabularySize = vocabularySize
        self.paddedVocabularySize = paddedVocabularySize
        self.epsilon = epsilon
        self.tiesEmbeddings = tiesEmbeddings
    }
}

extension ModelConfiguration {
    /// A value for each layer, made once for equal layers.
    package func valuePerLayer<Value>(_ make: (LayerConfiguration, _ index: Int) -> Value) -> [Value] {
        var known: [(layer: LayerConfiguration, value: Value)] = []
        return layers.enumerated().map { index, layer in
            if let (_, value) = known.first(where: { $0.layer == layer }) { return value }
            let value = make(layer, index)
            known.append((layer, value))
            return value
        }
    }

    /// Bytes that the recurrent state of one sequence takes.
    ///
    /// - Parameter tokens: that were read since the state was empty.
    public func stateBytes(afterTokens tokens: Int) -> Int {
        let elements = valuePerLayer { layer, _ in
            layer.mixer.stateParts(afterTokens: tokens).reduce(0) { $0 + $1.elementCount }
        }
        return elements.reduce(0, +) * MemoryLayout<Float>.size
    }

    /// A size that is the same in all layers, by its name in the papers: `d_inner`, `d_state` or `conv_kernel`; `nil`
    /// where layers differ or do not have it.
    public func size(_ name: String) -> Int? {
        let sizes = Set(valuePerLayer { layer, _ in layer.mixer.sizes[name] })
        return sizes.count == 1 ? sizes.first ?? nil : nil
    }

    /// Columns that the widest mixer's first product gives.
    public var inputProjectionColumns: Int {
        valuePerLayer { layer, _ in layer.mixer.inputProjectionColumns }.max() ?? 0
    }

    /// What the arithmetic of one token costs at least; divided by a machine's rates it gives a limit.
    public struct TokenCost: Sendable, Equatable {
        /// Float operations of matrix products, two for a weight; of Mamba-2's scan those of blocks of 64 rows.
        public var flops: Double
        public var exponentials: Double
        /// Elements of weights that the products read, once for all rows that are computed together.
        public var weights: Double

        /// - Parameter otherFlops: those of products without weights.
        init(weights: Int, otherFlops: Int = 0, exponentials: Int) {
            flops = 2 * Double(weights) + Double(otherFlops)
            self.exponentials = Double(exponentials)
            self.weights = Double(weights)
        }

        static func += (cost: inout TokenCost, more: TokenCost) {
            cost.flops += more.flops
            cost.exponentials += more.exponentials
            cost.weights += more.weights
        }
    }

    /// - Parameter includesHead: with the logits of every row of the vocabulary.
    public func tokenCost(includesHead: Bool) -> TokenCost {
        let head = includesHead ? paddedVocabularySize : 0
        var cost = TokenCost(weights: head * hiddenSize, exponentials: head)
        for layer in valuePerLayer({ layer, _ in layer.mixer.tokenCost(hiddenSize: hiddenSize) }) { cost += layer }
        return cost
    }

    /// The tensors that a model takes from a checkpoint, with the names that transformers writes and their shapes.
    public var tensorShapes: [(name: String, shape: [Int])] {
        let inLayers = valuePerLayer { layer, _ in
            [("norm.weight", [hiddenSize])]
                + layer.mixer.tensorShapes(hiddenSize: hiddenSize).map { ("mixer." + $0.name, $0.shape) }
        }
        var shapes = [("backbone.embeddings.weight", [paddedVocabularySize, hiddenSize])]
        for (index, inLayer) in inLayers.enumerated() {
            shapes += inLayer.map { ("backbone.layers.\(index)." + $0, $1) }
        }
        shapes.append(("backbone.norm_f.weight", [hiddenSize]))
        if !tiesEmbeddings { shapes.append(("lm_head.weight", [paddedVocabularySize, hiddenSize])) }
        return shapes
    }
}

extension ModelConfiguration {
    /// Names and shapes of a state's tensors, in the order of the layers.
    ///
    /// - Parameter tokens: that were read since the state was empty.
    public func stateShapes(afterTokens tokens: Int) -> [(name: String, shape: [Int])] {
        layers.enumerated().flatMap { index, layer in
            layer.mixer.stateParts(afterTokens: tokens).map { part in
                (Self.stateName(part.name, layer: index), part.shape)
            }
        }
    }

    /// What a layer's part of a state is called in snapshots.
    package static func stateName(_ part: String, layer: Int) -> String { "layers.\(layer).\(part)" }
}
