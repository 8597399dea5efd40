/// The sizes and constants of a model, independent of the file format.
public struct ModelConfiguration: Sendable, Equatable {
    /// The `model_type` in transformers, which is the name of a `ModelFamily`.
    public var family: String
    /// The width of the residual stream, d_model.
    public var hiddenSize: Int
    /// The layers, from the embedding to the last norm.
    public var layers: [LayerConfiguration]
    /// The number of token ids in use. Larger ids are padding and are never sampled.
    public var vocabularySize: Int
    /// The number of rows of embedding and head, padding included.
    public var paddedVocabularySize: Int
    /// The epsilon of the norms of all layers and of the last norm.
    public var epsilon: Float
    /// Whether the head is the embedding.
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
    /// A value for each layer. Equal layers share one value, which is made once.
    package func valuePerLayer<Value>(_ make: (LayerConfiguration, _ index: Int) -> Value) -> [Value] {
        var known: [(layer: LayerConfiguration, value: Value)] = []
        return layers.enumerated().map { index, layer in
            if let (_, value) = known.first(where: { $0.layer == layer }) { return value }
            let value = make(layer, index)
            known.append((layer, value))
            return value
        }
    }

    /// The bytes of one sequence's recurrent state.
    ///
    /// - Parameter tokens: the number of tokens read from the empty state.
    public func stateBytes(afterTokens tokens: Int) -> Int {
        let elements = valuePerLayer { layer, _ in
            layer.mixer.stateParts(afterTokens: tokens).reduce(0) { $0 + $1.elementCount }
        }
        return elements.reduce(0, +) * MemoryLayout<Float>.size
    }

    /// A size by its name in the papers: `d_inner`, `d_state` or `conv_kernel`; `nil` if layers differ in it or lack
    /// it.
    public func size(_ name: String) -> Int? {
        let sizes = Set(valuePerLayer { layer, _ in layer.mixer.sizes[name] })
        return sizes.count == 1 ? sizes.first ?? nil : nil
    }

    /// The largest number of columns of a mixer's input projection.
    public var inputProjectionColumns: Int {
        valuePerLayer { layer, _ in layer.mixer.inputProjectionColumns }.max() ?? 0
    }

    /// The least arithmetic for one token. With a machine's rates, it gives an upper limit of the speed.
    public struct TokenCost: Sendable, Equatable {
        /// The float operations of matrix products, two for a weight. Mamba-2's scan counts in blocks of 64 rows.
        public var flops: Double
        public var exponentials: Double
        /// The elements of the weights. The products read them once for all rows that are computed together.
        public var weights: Double

        /// - Parameter otherFlops: the float operations of products without weights.
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

    /// - Parameter includesHead: whether to include the logits of the whole vocabulary.
    public func tokenCost(includesHead: Bool) -> TokenCost {
        let head = includesHead ? paddedVocabularySize : 0
        var cost = TokenCost(weights: head * hiddenSize, exponentials: head)
        for layer in valuePerLayer({ layer, _ in layer.mixer.tokenCost(hiddenSize: hiddenSize) }) { cost += layer }
        return cost
    }

    /// The tensors that the model needs from a checkpoint: their names in transformers and their shapes.
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
    /// The names and shapes of the recurrent state's tensors, in the order of the layers.
    ///
    /// - Parameter tokens: the number of tokens read from the empty state.
    public func stateShapes(afterTokens tokens: Int) -> [(name: String, shape: [Int])] {
        layers.enumerated().flatMap { index, layer in
            layer.mixer.stateParts(afterTokens: tokens).map { part in
                (Self.stateName(part.name, layer: index), part.shape)
            }
        }
    }

    /// The name in snapshots of a part of a layer's recurrent state.
    package static func stateName(_ part: String, layer: Int) -> String { "layers.\(layer).\(part)" }
}
