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
    /// What the task makes of it.
    var readout: any Readout

    /// - Parameter documentID: part of what a sample's random numbers are drawn from.
    public init(model: Model, task: Job.Task, documentID: String) {
        self.model = model
        self.task = task
        self.documentID = documentID
        state = StateSlot(model.engine.makeState())
        readout = task.readout(of: model.engine.shape, sampledVocabularySize: model.sampledVocabularySize)
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
    ) throws(InferenceError) -> StepOutput {
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
        guard !readout.needsHead || model.engine.hasHead else { throw InferenceError.noHead }
        if isComplete { self = DocumentPass(model: model, task: task, documentID: documentID) }
        try requireKnown(tokens)
        if isLast && tokenCount + tokens.count == 0 { throw InferenceError.emptyDocument }
        let position = tokenCount - waiting.count
        tokenCount += tokens.count
        var run = ReadingRun(waiting + tokens, at: position, isLast: isLast)
        waiting = []
        readout.begin(&run.output)
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
            if state.offset + count == readout.stateWindow || state.offset % Job.blockTokens > 0 { break }
        }
        return count > 0 ? rest.prefix(count) : nil
    }

    /// How many tokens of a run have been read at the next line of the grid; `nil` when it has fewer, and more follow.
    private func end(of run: ReadingRun, after count: Int) -> Int? {
        let next = count + task.stateWindows.room(at: state.offset + count)
        return run.rest.count >= next ? next : run.isLast ? run.rest.count : nil
    }

    /// Whether nothing of a run is to be read now.
    func isOver(_ run: ReadingRun) -> Bool { run.rest.isEmpty || end(of: run, after: 0) == nil }

    /// A piece as an engine reads it.
    mutating func prepared(_ tokens: ArraySlice<Int32>) -> Piece {
        Piece(tokens, from: state.own(), wanted: readout.wanted(of: tokens.count))
    }

    /// Takes in what a piece gave that was read.
    mutating func take(
        _ output: PieceOutput, of piece: ArraySlice<Int32>, on lane: Lane, into run: inout ReadingRun
    ) throws(InferenceError) {
        lane.onProgress(piece.count)
        readout.take(output, of: piece, into: &run.output)
        run.advance(by: piece.count)
        guard output.isFinite else { throw InferenceError.notFinite(position: run.position - 1) }
        if state.offset == readout.stateWindow { state = StateSlot(model.engine.makeState()) }
    }

    /// - Returns: what the run's tokens completed; those that wait for a block to fill stay with the pass.
    mutating func end(_ run: ReadingRun) -> StepOutput {
        var output = run.output
        waiting = Array(run.rest)
        if run.isLast { isComplete = true }
        readout.end(&output, isLast: run.isLast, after: state)
        return output
    }

    private func requireKnown(_ tokens: [Int32]) throws(InferenceError) {
        let size = model.vocabularySize
        guard let index = tokens.firstIndex(where: { $0 < 0 || Int($0) >= size }) else { return }
        throw InferenceError.tokenOutOfRange(tokens[index], position: tokenCount + index, vocabularySize: size)
    }
}
