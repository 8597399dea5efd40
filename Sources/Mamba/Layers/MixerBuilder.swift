internal import Checkpoints
internal import Kernels

/// The sizes of a mixer that can also build the mixer. The sizes of every family conform.
protocol MixerBuilder: MixerConfiguration {
    /// The mixer with its weights.
    ///
    /// - Parameters:
    ///   - model: the configuration of the layer's model.
    ///   - prefix: the prefix of the tensors' names.
    /// - Throws: `ModelError` when a tensor is missing or misshapen. The error names the tensor.
    func mixer(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) -> any Mixer

    /// The mixer as plain loops, with the same weights.
    ///
    /// - Throws: `ModelError` when a tensor is missing or misshapen. The error names the tensor.
    func reference(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader
    ) throws(ModelError) -> any ReferenceMixer
}

extension LayerConfiguration {
    var builder: any MixerBuilder {
        guard let builder = mixer as? any MixerBuilder else { preconditionFailure("\(mixer) makes no mixer") }
        return builder
    }
}
