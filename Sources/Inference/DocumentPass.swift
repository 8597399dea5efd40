public import Jobs
internal import Mamba

/// One document on its way through a model for one task: recurrent state, and what the task carries beside it.
///
/// The document is read in order, in pieces of any size; the results, bit for bit, do not depend on the sizes, because
/// a block of 256 tokens runs when it is full or when the document (or a window of scores) ends. Pieces that are whole
/// blocks leave nothing waiting. A value: a copy goes its own way.
///
/// - A document of no tokens is `InferenceError.emptyDocument` for every task.
/// - A document of one token has an embedding and a continuation, and scores without a sum: `scoredTokens` is 0.
public struct DocumentPass: Sendable {
    let model: Model
    let task: Job.Task
    let documentID: String

    var state: RecurrentState
    /// Tokens of a block that is not full yet.
    var waiting: [Int32] = []
    /// Tokens that were read, those waiting included.
    public internal(set) var tokenCount = 0
    /// Whether the last token was read.
    public internal(set) var isComplete = false
    /// The row after the last norm of the last token that ran; none at the start of a document or window.
    var lastHidden: [Float]?
    var carry: Carry

    enum Carry: Sendable {
        case embed(Pooling)
        case generate(Generation)
        case score(Scoring)

        init(_ task: Job.Task, hiddenSize: Int, vocabularySize: Int, sampledVocabularySize: Int) {
            self =
                switch task {
                case .embed(let options): .embed(Pooling(options, width: hiddenSize))
                case .generate(let options):
                    .generate(
                        Generation(
                            options, vocabularySize: vocabularySize, sampledVocabularySize: sampledVocabularySize))
                case .score(let options): .score(Scoring(options))
                }
        }

        /// The running score, where tokens are scored as they are read.
        var scoring: Scoring? {
            switch self {
            case .embed: nil
            case .generate(let generation): generation.scoring
            case .score(let scoring): scoring
            }
        }
    }

    /// - Parameter documentID: part of what a sample's random numbers are drawn from.
    public init(model: Model, task: Job.Task, documentID: String) {
        self.model = model
        self.task = task
        self.documentID = documentID
        state = model.language.emptyState()
        carry = Carry(
            task, hiddenSize: model.hiddenSize, vocabularySize: model.vocabularySize,
            sampledVocabularySize: model.sampledVocabularySize)
    }

    /// Reads the next tokens of the document. After its last one another text of it may follow, which begins anew:
    /// nothing is carried over, and its tokens and windows are counted from its own start.
    ///
    /// - Parameters:
    ///   - isLast: no tokens follow. The tokens may then be none.
    /// - Returns: embeddings and scores that these tokens complete. For a generation the scores, if it repeats the
    ///   document with log probabilities, else nothing.
    /// - Throws: `InferenceError`; the pass is then of no further use.
    public mutating func read(
        _ tokens: [Int32], isLast: Bool, on lane: Lane
    ) throws(InferenceError) -> PassOutput {
        var run = try startReading(tokens, isLast: isLast, on: lane)
        while let piece = piece(of: run) {
            model.language.readBlock(piece, from: &state, in: lane.workspace)
            try take(piece, atRow: 0, on: lane, into: &run)
        }
        return end(run)
    }

    /// Takes the tokens in; `end` says what they gave.
    mutating func startReading(_ tokens: [Int32], isLast: Bool, on lane: Lane) throws(InferenceError) -> ReadingRun {
        precondition(lane.model === model, "a lane of another model")
        guard carry.scoring == nil || model.language.hasHead else { throw InferenceError.noHead }
        if isComplete { self = DocumentPass(model: model, task: task, documentID: documentID) }
        try requireKnown(tokens)
        if isLast && tokenCount + tokens.count == 0 { throw InferenceError.emptyDocument }
        let position = tokenCount - waiting.count
        tokenCount += tokens.count
        var run = ReadingRun(waiting + tokens, at: position, isLast: isLast)
        waiting = []
        if let scoring = carry.scoring { run.output.scores = scoring.noScores(at: position) }
        return run
    }

    /// The tokens of a run that are read at once next: up to the next line of the grid, which is the end of a block or
    /// of a window of scores, or to the document's end; `nil` when those that are left wait for others.
    func piece(of run: ReadingRun) -> ArraySlice<Int32>? {
        let room = task.stateWindows.room(at: state.offset)
        let rest = run.rest
        return !rest.isEmpty && (rest.count >= room || run.isLast) ? rest.prefix(room) : nil
    }

    /// Takes in the rows of a piece that was read.
    /// - Parameter row: of the workspace's rows of this pass over the weights, the piece's first.
    mutating func take(
        _ piece: ArraySlice<Int32>, atRow row: Int, on lane: Lane, into run: inout ReadingRun
    ) throws(InferenceError) {
        let workspace = lane.workspace
        // There lies the last row of another document, if anything: what was to be had of it was taken.
        if let lastHidden { workspace.setRow(before: row, lastHidden) }
        defer { lane.onProgress(piece.count) }
        switch carry {
        case .embed(var pooling):
            pooling.add(
                rows: piece.count, fromRow: row, of: model.language, in: workspace, into: &run.output.embeddings)
            carry = .embed(pooling)
        case .score(var scoring):
            scoring.add(
                piece, atRow: row, hasPreceding: lastHidden != nil, of: model.language, in: workspace,
                into: &run.output.scores)
            carry = .score(scoring)
        case .generate(var generation):
            generation.scoring?.add(
                piece, atRow: row, hasPreceding: lastHidden != nil, of: model.language, in: workspace,
                into: &run.output.scores)
            generation.see(piece)
            carry = .generate(generation)
        }
        let last = workspace.hiddenRow(row + piece.count - 1)
        run.advance(by: piece.count)
        guard last.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(position: run.position - 1) }
        lastHidden = last
        if case .score(let scoring) = carry, scoring.options.windowTokens == state.offset {
            state = model.language.emptyState()
            lastHidden = nil
        }
    }

    /// - Returns: what the run's tokens completed; those that wait for a block to fill stay with the pass.
    mutating func end(_ run: ReadingRun) -> PassOutput {
        var output = run.output
        waiting = Array(run.rest)
        if run.isLast { complete(into: &output) }
        if let scoring = carry.scoring {
            output.scores.negativeLogLikelihood = scoring.negativeLogLikelihood
            output.scores.scoredTokens = scoring.scoredTokens
        }
        return output
    }

    private mutating func complete(into output: inout PassOutput) {
        isComplete = true
        if case .embed(let pooling) = carry, let embedding = pooling.rest(last: lastHidden) {
            output.embeddings.append(embedding)
        }
    }

    private func requireKnown(_ tokens: [Int32]) throws(InferenceError) {
        let size = model.vocabularySize
        guard let index = tokens.firstIndex(where: { $0 < 0 || Int($0) >= size }) else { return }
        throw InferenceError.tokenOutOfRange(tokens[index], position: tokenCount + index, vocabularySize: size)
    }
}

/// Tokens of one call of `read` on their way through the model.
struct ReadingRun {
    /// Those that waited before, and the new ones.
    private let tokens: [Int32]
    private var next = 0
    /// Of the next token, counted from the document's start.
    private(set) var position: Int
    let isLast: Bool
    var output = PassOutput()

    init(_ tokens: [Int32], at position: Int, isLast: Bool) {
        self.tokens = tokens
        self.position = position
        self.isLast = isLast
    }

    var rest: ArraySlice<Int32> { tokens[next...] }

    mutating func advance(by count: Int) {
        next += count
        position += count
    }
}
