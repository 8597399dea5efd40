/// The names of a model's tensors in a checkpoint.
///
/// The program uses the names of Hugging Face transformers. A checkpoint may differ in three ways. The embedding may
/// have its name in mamba_ssm, `backbone.embedding.weight` (`load_hook` of its Mamba models). A model saved without its
/// head lacks `backbone.` (`base_model_prefix`). All names may begin with the name of an enclosing module, such as
/// `model.` or `module.`.
package struct TensorNames {
    /// The prefix of the names of the model below its head.
    private let prefix: String
    /// The prefix of the head's name.
    private let headPrefix: String
    private let isOriginal: Bool

    private static let backbone = "backbone."
    private static let head = "lm_head.weight"
    private static let lastNorm = "norm_f.weight"

    package init(_ stored: Set<String>) {
        let spellings = ["embeddings.weight", "embedding.weight"]
        var prefixes: [(prefix: String, isOriginal: Bool)] = []
        for spelling in spellings {
            for name in stored where name.hasSuffix(spelling) {
                let prefix = String(name.dropLast(spelling.count))
                // The embedding of another module has no last norm beside it.
                guard prefix.isEmpty || prefix.hasSuffix("."), stored.contains(prefix + Self.lastNorm) else { continue }
                prefixes.append((prefix, spelling == spellings[1]))
            }
        }
        // Without an embedding and a last norm, the names of transformers are used.
        let found = prefixes.min { ($0.prefix.count, $0.prefix) < ($1.prefix.count, $1.prefix) }
        let lacksBackbone = !stored.isEmpty && !stored.contains { $0.hasPrefix(Self.backbone) }
        prefix = found?.prefix ?? (lacksBackbone ? "" : Self.backbone)
        isOriginal = found?.isOriginal ?? false
        let outer = prefix.hasSuffix(Self.backbone) ? String(prefix.dropLast(Self.backbone.count)) : prefix
        headPrefix = stored.contains(outer + Self.head) ? outer : ""
    }

    /// The name of a tensor in the checkpoint.
    package func stored(_ name: String) -> String {
        guard name.hasPrefix(Self.backbone) else { return headPrefix + name }
        let name = name.dropFirst(Self.backbone.count)
        return prefix + (isOriginal && name == "embeddings.weight" ? "embedding.weight" : String(name))
    }
}
