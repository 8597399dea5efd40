public import Checkpoints
public import Kernels

/// A Mamba language model: embedding, layers of norm and mixer on a residual stream, last norm, head.
///
/// Immutable: lanes share it, each with its own `Workspace` and states. All arithmetic is in float32, except in linear
/// layers whose `Arithmetic` rounds the factors. Tokens are computed in blocks of at most 256, on a grid counted from
/// the empty state. So the bits do not depend on the cuts of a sequence into calls, as long as the cuts are on the
/// grid.
///
/// | letter, paper's name | here | what it is |
/// |---|---|---|
/// | D, d_model | `hiddenSize` | width of the residual stream |
/// | d_inner | `channels` | width inside the mixer |
/// | N, d_state | `states` | states of each channel |
/// | d_conv | `kernel` | taps of the convolution |
/// | dt_rank | `stepRank` | Mamba-1: width of the step before its projection |
/// | H, P, G | `heads`, `headChannels`, `groups` | Mamba-2: d_inner = H · P; heads of a group share B and C |
/// | V | `paddedVocabularySize` | rows of embedding and head |
/// | u, x | | [rows, d_inner], what the scan reads |
/// | z | gate | [rows, d_inner], what gates the scan's output |
/// | Δ, dt | step | [rows, d_inner], Mamba-2: [rows, heads] |
/// | A | | [d_inner, d_state], Mamba-2: [heads]; negative, stored as log(-A) |
/// | B, C | `b`, `c` | [rows, d_state], Mamba-2: [rows, groups · d_state] |
/// | D | skip | [d_inner], Mamba-2: [heads] |
/// | h | `ssm_state` | [d_state, d_inner] for both families: neighbouring channels are neighbouring lanes |
public final class LanguageModel: Sendable {
    /// The tokens of a block, which are the grid of the arithmetic.
    public static let blockTokens = 256
    /// The logits of a tile of the vocabulary. A tile of 256 rows fits the second-level cache.
    static let vocabularyTile = 21 * Arithmetic.weightGrid

    public let configuration: ModelConfiguration
    public let arithmetic: Arithmetic
    /// The embedding, [V, d_model]; `nil` if its rows are read from the tied head.
    let embedding: Matrix?
    /// The head, [V, d_model]; `nil` if the checkpoint has no head.
    private let headWeight: DeferredWeight?
    let layers: [Layer]
    /// The weight of the last norm, [d_model].
    let lastNorm: FloatBuffer

    struct Layer: Sendable {
        /// The weight of the norm, [d_model].
        var norm: FloatBuffer
        var mixer: any Mixer
    }

    /// Takes the weights out of a checkpoint with the names of Hugging Face or mamba_ssm.
    ///
    /// The numbers are not checked: see `Checkpoint.problems`.
    ///
    /// - Throws: `ModelError` when a tensor is missing, left over or misshapen. The error names the tensor.
    public init(
        configuration: ModelConfiguration, source: any TensorSource, arithmetic: Arithmetic
    ) throws(ModelError) {
        self.configuration = configuration
        self.arithmetic = arithmetic
        var weights = WeightReader(source)
        let (vocabulary, hiddenSize) = (configuration.paddedVocabularySize, configuration.hiddenSize)
        let embedding = try weights.matrix("backbone.embeddings.weight", vocabulary, hiddenSize)
        var layers: [Layer] = []
        for (index, layer) in configuration.layers.enumerated() {
            let prefix = "backbone.layers.\(index)."
            let norm = try weights.vector(prefix + "norm.weight", hiddenSize)
            let mixer = try layer.builder.mixer(
                of: configuration, prefix: prefix + "mixer.", from: &weights, for: arithmetic)
            layers.append(Layer(norm: norm, mixer: mixer))
        }
        self.layers = layers
        lastNorm = try weights.vector("backbone.norm_f.weight", hiddenSize)
        // Many tied checkpoints store the head a second time. `Checkpoint.problems` checks that it equals the
        // embedding.
        if configuration.tiesEmbeddings {
            weights.passOver("lm_head.weight")
            headWeight = weights.deferred(embedding) { arithmetic.linear($0, partRows: Self.vocabularyTile) }
            // The rows of a tied head are the embedding's, rounded by the arithmetic. In float32 they are the same
            // numbers, and those of a mapped file cost no copy until the head is used.
            let isKept = arithmetic.dataType == .float32 && embedding.elements.isShared
            self.embedding = isKept ? embedding : nil
        } else {
            headWeight = try weights.linearIfThere(
                "lm_head.weight", vocabulary, hiddenSize, partRows: Self.vocabularyTile, for: arithmetic)
            self.embedding = embedding
        }
        try weights.requireNothingLeft()
        // Pages of the file that are needed later are read again.
        source.releasePages()
    }

    /// Whether the model has a head. Without one it gives hidden rows, but no scores and no generated tokens.
    public var hasHead: Bool { headWeight != nil }

    var head: DeferredWeight {
        guard let headWeight else { preconditionFailure("who scores or generates has asked for a head first") }
        return headWeight
    }

    /// The recurrent state before the first token.
    public func emptyState() -> RecurrentState { configuration.emptyState() }

    /// Scratch memory for one lane.
    public func makeWorkspace() -> Workspace {
        Workspace(
            configuration: configuration,
            scratch: configuration.valuePerLayer { _, index in layers[index].mixer.makeScratch() })
    }

    /// Reads tokens and leaves their hidden rows in `workspace.hidden`, from row 1 on.
    ///
    /// Row 0 of `workspace.hidden` stays: see `Workspace.setRow`.
    ///
    /// - Parameters:
    ///   - tokens: at most up to the next multiple of 256 after `state.offset`, each below `paddedVocabularySize`.
    ///   - state: the recurrent state, which moves on by these tokens.
    public func readBlock(_ tokens: ArraySlice<Int32>, from state: inout RecurrentState, in workspace: Workspace) {
        // The state is moved in and out: a second reference would copy it when it moves on.
        var states = [state.moved()]
        readBlocks([tokens], from: &states, in: workspace)
        state = states.removeLast()
    }

    /// Reads tokens of several sequences at once. Leaves their hidden rows in `workspace.hidden`, one sequence after
    /// the other from row 1 on.
    ///
    /// The bits of a sequence do not depend on the others: the products share the pass over the weights, and all else
    /// is done sequence by sequence.
    ///
    /// - Parameters:
    ///   - sequences: at most 256 tokens in all; of each sequence at most up to its next multiple of 256.
    ///   - states: the recurrent state of each sequence, which moves on by its tokens.
    public func readBlocks(
        _ sequences: [ArraySlice<Int32>], from states: inout [RecurrentState], in workspace: Workspace
    ) {
        precondition(sequences.count == states.count, "\(sequences.count) sequences, \(states.count) states")
        let rows = RowPieces(counts: sequences.map(\.count))
        precondition(rows.rows <= Self.blockTokens, "\(rows.rows) tokens at once")
        for (tokens, state) in zip(sequences, states) {
            precondition(state.offset % Self.blockTokens + tokens.count <= Self.blockTokens, "tokens across the grid")
            precondition(state.layers.count == layers.count, "state of another model")
        }
        guard rows.rows > 0 else { return }
        embed(sequences.joined(), into: &workspace.residual)
        for index in layers.indices { readLayer(index, rows: rows, states: &states, in: workspace) }
        arithmetic.rootMeanSquareNorm(
            workspace.residual.view(), rows: rows.rows, weight: lastNorm, epsilon: configuration.epsilon,
            into: &workspace.hidden, outputRow: 1)
        for (index, tokens) in sequences.enumerated() { states[index].offset += tokens.count }
    }

    /// The tied head, if embedding rows are read from it. Once it is packed, the file's pages are not needed.
    private var headForRows: LinearWeight? {
        if embedding == nil { return head.packed }
        return arithmetic.dataType == .float32 ? head.packedBefore : nil
    }

    private func embed(_ tokens: some Sequence<Int32>, into residual: inout Matrix) {
        let width = configuration.hiddenSize
        let tiedHead = configuration.tiesEmbeddings ? headForRows : nil
        for (row, token) in tokens.enumerated() {
            if let tiedHead {
                residual.elements.replace(from: row * width, with: FloatBuffer(tiedHead.row(Int(token))), 0..<width)
            } else if let embedding {
                let first = Int(token) * width
                residual.elements.replace(from: row * width, with: embedding.elements, first..<first + width)
            } else {
                preconditionFailure("a model without an embedding whose head is not tied to one")
            }
        }
    }

    private func readLayer(
        _ index: Int, rows: RowPieces, states: inout [RecurrentState], in workspace: Workspace
    ) {
        let layer = layers[index]
        arithmetic.rootMeanSquareNorm(
            workspace.residual.view(), rows: rows.rows, weight: layer.norm, epsilon: configuration.epsilon,
            into: &workspace.normed)
        layer.mixer.run(rows: rows, states: &states, layer: index, in: workspace, arithmetic: arithmetic)
    }
}
