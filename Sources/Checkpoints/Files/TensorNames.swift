/// How a checkpoint spells the names of a model's tensors.
///
/// The names here are those that Hugging Face transformers writes. Read are as well: the embedding as mamba_ssm calls
/// it, `backbone.embedding.weight` (`load_hook` of its Mamba models); a model that was saved without its head, where
/// `backbone.` is missing (`base_model_prefix`); and both below the name of a module that holds the model, such as
/// `model.` or `module.`.
package struct TensorNames {
    /// What stands before the names in the model itself.
    private let prefix: String
    /// What stands before the head's.
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
                // Another module's embedding has no last norm beside it.
                guard prefix.isEmpty || prefix.hasSuffix("."), stored.contains(prefix + Self.lastNorm) else { continue }
                prefixes.append((prefix, spelling == spellings[1]))
            }
        }
        // What lacks both is named as transformers would.
        let found = prefixes.min { ($0.prefix.count, $0.prefix) < ($1.prefix.count, $1.prefix) }
        let lacksBackbone = !stored.isEmpty && !stored.contains { $0.hasPrefix(Self.backbone) }
        prefix = found?.prefix ?? (lacksBackbone ? "" : Self.backbone)
        isOriginal = found?.isOriginal ?? false
        let outer = prefix.hasSuffix(Self.backbone) ? String(prefix.dropLast(Self.backbone.count)) : prefix
        headPrefix = stored.contains(outer + Self.head) ? outer : ""
    }

    /// The checkpoint's name of a tensor.
    package func stored(_ name: String) -> String {
        guard name.hasPrefix(Self.backbone) else { return headPrefix + name }
        let name = name.dropFirst(Self.backbone.count)
        return prefix + (isOriginal && name == "embeddings.weight" ? "embedding.weight" : String(name))
    }
}
