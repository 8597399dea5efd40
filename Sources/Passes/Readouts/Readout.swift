internal import Checkpoints
internal import Jobs

/// What a task makes of a document while it is read, and what it carries from piece to piece for that.
///
/// A new task is one more of these, and its line in `Job.Task.readout`.
protocol Readout: Sendable {
    /// Whether reading for it takes a head.
    var needsHead: Bool { get }
    /// Tokens after which the state begins anew; `nil`: it never does.
    var stateWindow: Int? { get }
    /// Whether the state moves on after the document's last token.
    var movesOnAtTheEnd: Bool { get }

    /// Begins what some tokens give.
    func begin(_ output: inout StepOutput)
    /// What the next `count` tokens are read for.
    func wanted(of count: Int) -> Piece.Wanted
    /// Takes in what tokens gave that were read as wanted.
    mutating func take(_ output: PieceOutput, of tokens: ArraySlice<Int32>, into result: inout StepOutput)
    /// Ends the output of some tokens.
    ///
    /// - Parameters:
    ///   - isLast: they are the document's last ones.
    ///   - state: after them.
    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot)

    // MARK: Snapshots

    /// The state that something else than the document's next token begins with; `nil`: there is none.
    var promptState: StateSlot? { get }
    /// How far the latest sample is; `nil`: there is none.
    var sample: SnapshotOrigin.Position.Sample? { get }
    /// What it carries.
    ///
    /// - Parameter prompt: `promptState` as it is written down.
    func carried(with prompt: ExportedState?) -> [CarriedTensor]
    /// Takes what was carried out of a snapshot.
    ///
    /// - Throws: `SnapshotError` where that is not what a pass which stands there would have written.
    mutating func restore(
        from reader: inout CarriedReader, at stand: PassStand, of shape: ModelShape
    ) throws(SnapshotError)
    /// Has an engine load the states that were restored.
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
    /// - Parameter sampledVocabularySize: ids that are generated, 0 up to this.
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

/// Where a pass stood that was written down: the counts of its task follow from it.
struct PassStand {
    /// Tokens of the document that were read, those that wait for their block included.
    var tokens: Int
    /// Of the next of them that runs.
    var next: Int
    var isComplete: Bool
    /// Tokens of the state.
    var offset: Int
}
