/// How a checkpoint spells the names of a model's tensors.
///
/// The names here are those that Hugging Face transformers writes. It reads two other spellings, and so does this: the
/// embedding as mamba_ssm calls it, `backbone.embedding.weight` (`load_hook` of its Mamba models), and a model that was
/// saved without its head, where `backbone.` is missing (`base_model_prefix`).
struct TensorNames {
    private let lacksPrefix: Bool
    private let isOriginal: Bool

    private static let prefix = "backbone."

    init(_ stored: Set<String>) {
        lacksPrefix = !stored.isEmpty && !stored.contains { $0.hasPrefix(Self.prefix) }
        let embedding = (lacksPrefix ? "" : Self.prefix) + "embedding"
        isOriginal = stored.contains(embedding + ".weight") && !stored.contains(embedding + "s.weight")
    }

    /// The checkpoint's name of a tensor.
    func stored(_ name: String) -> String {
        var name = name
        if isOriginal, name == "backbone.embeddings.weight" { name = "backbone.embedding.weight" }
        if lacksPrefix, name.hasPrefix(Self.prefix) { name.removeFirst(Self.prefix.count) }
        return name
    }
}
