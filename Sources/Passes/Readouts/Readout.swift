internal import Checkpoints
internal import Jobs

/// The readout of a task: how it turns a document's rows into results, and its own state between pieces.
///
/// A new task needs one more readout, and its line in `Job.Task.readout`.
protocol Readout: Sendable {
    /// Whether reading needs the model's head.
    var needsHead: Bool { get }
    /// The number of tokens after which the state begins anew; `nil`: it never does.
    var stateWindow: Int? { get }
    /// Whether the state advances after the document's last token.
    var movesOnAtTheEnd: Bool { get }

    /// Begins the output of some tokens.
    func begin(_ output: inout StepOutput)
    /// The wanted output of the next `count` tokens.
    func wanted(of count: Int) -> Piece.Wanted
    /// Takes the output of tokens that were read.
    mutating func take(_ output: PieceOutput, of tokens: ArraySlice<Int32>, into result: inout StepOutput)
    /// Ends the output of some tokens.
    ///
    /// - Parameters:
    ///   - isLast: whether they are the document's last tokens.
    ///   - state: the state after them.
    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot)

    // MARK: Snapshots

    /// The state from which further samples begin; `nil` if there is none.
    var promptState: StateSlot? { get }
    /// The position of the latest sample; `nil` if there is none.
    var sample: SnapshotOrigin.Position.Sample? { get }
    /// The readout's own state as tensors.
    ///
    /// - Parameter prompt: the exported form of `promptState`.
    func carried(with prompt: ExportedState?) -> [CarriedTensor]
    /// Restores the readout's own state from a snapshot.
    ///
    /// - Throws: `SnapshotError` if no pass at this point would have written it.
    mutating func restore(
        from reader: inout CarriedReader, at stand: PassStand, of shape: ModelShape
    ) throws(SnapshotError)
    /// Loads the restored states into an engine.
    mutating func load(on engine: any Engine) throws(SnapshotError)
}

extension Readout {
    var needsHead: Bool { false }
    var stateWindow: Int? { nil }
    var movesOnAtTheEnd: Bool { false }
    func begin(_ output: inout StepOutput) {}
    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot) {}
    var promptState: StateSlot? { nil }
    var sample: SnapshotOrigin.Position.Sample? { nil }
    mutating func load(on engine: any Engine) throws(SnapshotError) {}
}

extension Job.Task {
    /// - Parameter sampledVocabularySize: the size of the vocabulary without padding.
    func readout(of shape: ModelShape, sampledVocabularySize: Int) -> any Readout {
        switch self {
        case .embed(let options): EmbeddingReadout(options, width: shape.hiddenSize)
        case .score(let options): ScoreReadout(options)
        case .generate(let options):
            GenerationReadout(
                options, vocabularySize: shape.vocabularySize, sampledVocabularySize: sampledVocabularySize)
        }
    }
}

/// The position of a pass in a snapshot, from which the counts of its task follow.
struct PassStand {
    /// The tokens that were read, with those that wait for their block.
    var tokens: Int
    /// The position of the next token that runs.
    var next: Int
    var isComplete: Bool
    /// The number of tokens in the state.
    var offset: Int
}
