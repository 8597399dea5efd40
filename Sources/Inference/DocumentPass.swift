public import Jobs

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

    var state: StateSlot
    /// Tokens of a block that is not full yet.
    var waiting: [Int32] = []
    /// Tokens that were read, those waiting included.
    public internal(set) var tokenCount = 0
    /// Whether the last token was read.
    public internal(set) var isComplete = false
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
        state = StateSlot(model.engine.makeState())
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
        while let tokens = piece(of: run, atMost: model.engine.capacity.rowsPerPass) {
            let piece = prepared(tokens)
            try take(lane.engine.read([piece])[0], of: tokens, on: lane, into: &run)
        }
        return end(run)
    }

    /// Takes the tokens in; `end` says what they gave.
    mutating func startReading(_ tokens: [Int32], isLast: Bool, on lane: Lane) throws(InferenceError) -> ReadingRun {
        precondition(lane.model === model, "a lane of another model")
        guard carry.scoring == nil || model.engine.hasHead else { throw InferenceError.noHead }
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
    /// of a window of scores, or to the document's end, and further blocks where there is room for them.
    ///
    /// - Parameter room: tokens that may be read at once.
    /// - Returns: `nil` when those that are left wait for others, or for more room.
    func piece(of run: ReadingRun, atMost room: Int) -> ArraySlice<Int32>? {
        let rest = run.rest
        var count = 0
        while count < rest.count {
            guard let next = end(of: run, after: count), next <= room else { break }
            count = next
            // What begins within a block ends with it.
            if state.offset + count == scoreWindow || state.offset % Job.blockTokens > 0 { break }
        }
        return count > 0 ? rest.prefix(count) : nil
    }

    /// How many tokens of a run have been read at the next line of the grid; `nil` when it has fewer, and more follow.
    private func end(of run: ReadingRun, after count: Int) -> Int? {
        let offset = state.offset + count
        var next = count + Job.blockTokens - offset % Job.blockTokens
        if let scoreWindow { next = min(next, scoreWindow - state.offset) }
        return run.rest.count >= next ? next : run.isLast ? run.rest.count : nil
    }

    /// Tokens after which the state begins anew.
    private var scoreWindow: Int? {
        if case .score(let scoring) = carry { scoring.options.windowTokens } else { nil }
    }

    /// Whether nothing of a run is to be read now.
    func isOver(_ run: ReadingRun) -> Bool { run.rest.isEmpty || end(of: run, after: 0) == nil }

    /// A piece as an engine reads it.
    mutating func prepared(_ tokens: ArraySlice<Int32>) -> Piece {
        let wanted: Piece.Wanted =
            switch carry {
            case .embed(let pooling): pooling.wanted(of: tokens.count)
            case .score(let scoring): scoring.wanted
            case .generate(let generation): generation.scoring?.wanted ?? .nothing
            }
        return Piece(tokens, from: state.own(), wanted: wanted)
    }

    /// Takes in what a piece gave that was read.
    mutating func take(
        _ output: PieceOutput, of piece: ArraySlice<Int32>, on lane: Lane, into run: inout ReadingRun
    ) throws(InferenceError) {
        lane.onProgress(piece.count)
        switch carry {
        case .embed(var pooling):
            pooling.add(output, rows: piece.count, into: &run.output.embeddings)
            carry = .embed(pooling)
        case .score(var scoring):
            scoring.add(output.scores, of: piece.count, into: &run.output.scores)
            carry = .score(scoring)
        case .generate(var generation):
            generation.scoring?.add(output.scores, of: piece.count, into: &run.output.scores)
            generation.see(piece)
            carry = .generate(generation)
        }
        run.advance(by: piece.count)
        guard output.isFinite else { throw InferenceError.notFinite(position: run.position - 1) }
        if state.offset == scoreWindow { state = StateSlot(model.engine.makeState()) }
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
        if case .embed(let pooling) = carry, let embedding = pooling.rest(last: state.lastRow) {
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
