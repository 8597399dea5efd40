extension ModelConfiguration {
    /// The tensors that a model takes from a checkpoint, with the names that transformers writes and their shapes.
    public var tensorShapes: [(name: String, shape: [Int])] {
        let inLayer = [("norm.weight", [hiddenSize])] + mixerShapes.map { ("mixer." + $0, $1) }
        var shapes = [("backbone.embeddings.weight", [paddedVocabularySize, hiddenSize])]
        for layer in 0..<layers { shapes += inLayer.map { ("backbone.layers.\(layer)." + $0, $1) } }
        shapes.append(("backbone.norm_f.weight", [hiddenSize]))
        if !tiesEmbeddings { shapes.append(("lm_head.weight", [paddedVocabularySize, hiddenSize])) }
        return shapes
    }

    private var mixerShapes: [(String, [Int])] {
        switch mixer {
        case .mamba1(let sizes): sizes.shapes(hiddenSize: hiddenSize)
        case .mamba2(let sizes): sizes.shapes(hiddenSize: hiddenSize)
        }
    }
}

extension Mamba1Configuration {
    fileprivate func shapes(hiddenSize: Int) -> [(String, [Int])] {
        [
            ("in_proj.weight", [2 * channels, hiddenSize]), ("conv1d.weight", [channels, 1, kernel]),
            ("x_proj.weight", [stepRank + 2 * states, channels]), ("dt_proj.weight", [channels, stepRank]),
            ("dt_proj.bias", [channels]), ("A_log", [channels, states]), ("D", [channels]),
            ("out_proj.weight", [hiddenSize, channels]),
        ] + (hasConvolutionBias ? [("conv1d.bias", [channels])] : [])
            + (hasBias ? [("in_proj.bias", [2 * channels]), ("out_proj.bias", [hiddenSize])] : [])
    }
}

extension Mamba2Configuration {
    fileprivate func shapes(hiddenSize: Int) -> [(String, [Int])] {
        [
            ("in_proj.weight", [projectedColumns, hiddenSize]), ("conv1d.weight", [convolutionChannels, 1, kernel]),
            ("dt_bias", [heads]), ("A_log", [heads]), ("D", [heads]), ("norm.weight", [channels]),
            ("out_proj.weight", [hiddenSize, channels]),
        ] + (hasConvolutionBias ? [("conv1d.bias", [convolutionChannels])] : [])
            + (hasBias ? [("in_proj.bias", [projectedColumns]), ("out_proj.bias", [hiddenSize])] : [])
    }
}
