internal import Checkpoints
internal import Kernels

/// The sizes of a mixer, of which a model makes the mixer itself. Those of every family are one.
protocol MixerBuilder: MixerConfiguration {
    /// The mixer with its weights.
    ///
    /// - Parameters:
    ///   - model: that the layer belongs to.
    ///   - prefix: of the tensors' names.
    /// - Throws: `ModelError` that names a tensor which is missing or misshapen.
    func mixer(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) -> any Mixer

    /// The mixer as plain loops, with the same weights.
    ///
    /// - Throws: `ModelError` that names a tensor which is missing or misshapen.
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
