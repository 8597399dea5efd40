public import Jobs

/// A pass: one document on its way through a model for one task. It has the recurrent state and the task's own state.
///
/// The document is read in order, in pieces of any size. The results do not depend on the sizes, bit for bit: a block
/// of 256 tokens runs when it is full, or when the document or a window of scores ends. Pieces of whole blocks leave no
/// token waiting. A pass is a value: a copy is independent.
///
/// - A document without tokens is `InferenceError.emptyDocument` for every task.
/// - A document of one token has an embedding and a continuation, but no score: `scoredTokens` is 0.
public struct DocumentPass: Sendable {
    let model: Model
    let task: Job.Task
    let documentID: String

    var state: StateSlot
    /// The tokens of a block that is not full yet.
    var waiting: [Int32] = []
    /// The number of tokens that were read, with those that wait.
    public internal(set) var tokenCount = 0
    /// Whether the last token was read.
    public internal(set) var isComplete = false
    /// The task's own state.
    var readout: any Readout

    /// - Parameter documentID: the document's id. A sample's random numbers depend on it.
    public init(model: Model, task: Job.Task, documentID: String) {
        self.model = model
        self.task = task
        self.documentID = documentID
        state = StateSlot(model.engine.makeState())
        readout = task.readout(of: model.engine.shape, sampledVocabularySize: model.sampledVocabularySize)
    }

    /// Reads the next tokens of the document. After the last one another text may follow. It begins with an empty
    /// state, and its tokens and windows are counted from its own start.
    ///
    /// - Parameters:
    ///   - isLast: whether no tokens follow. The list of tokens may then be empty.
    /// - Returns: the embeddings and scores that these tokens complete. A generation gives scores if it repeats the
    ///   document with log probabilities, else nothing.
    /// - Throws: `InferenceError`; the pass cannot be used after it.
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

    /// Starts to read tokens; `end` returns their output.
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

    /// The next tokens of a run to read at once. They end at a line of the grid: the end of a block, of a window of
    /// scores, or of the document. Further blocks follow if there is room.
    ///
    /// - Parameter room: the most tokens that may be read at once.
    /// - Returns: `nil` if the tokens that are left wait for others, or for more room.
    func piece(of run: ReadingRun, atMost room: Int) -> ArraySlice<Int32>? {
        let rest = run.rest
        var count = 0
        while count < rest.count {
            guard let next = end(of: run, after: count), next <= room else { break }
            count = next
            // A piece that begins within a block ends with it.
            if state.offset + count == readout.stateWindow || state.offset % Job.blockTokens > 0 { break }
        }
        return count > 0 ? rest.prefix(count) : nil
    }

    /// The number of tokens of a run up to the next line of the grid; `nil` if it has fewer, and more follow.
    private func end(of run: ReadingRun, after count: Int) -> Int? {
        let next = count + task.stateWindows.room(at: state.offset + count)
        return run.rest.count >= next ? next : run.isLast ? run.rest.count : nil
    }

    /// Whether no tokens of a run can be read now.
    func isOver(_ run: ReadingRun) -> Bool { run.rest.isEmpty || end(of: run, after: 0) == nil }

    /// The tokens as a piece for an engine.
    mutating func prepared(_ tokens: ArraySlice<Int32>) -> Piece {
        Piece(tokens, from: state.own(), wanted: readout.wanted(of: tokens.count))
    }

    /// Takes the output of a piece.
    mutating func take(
        _ output: PieceOutput, of piece: ArraySlice<Int32>, on lane: Lane, into run: inout ReadingRun
    ) throws(InferenceError) {
        lane.onProgress(piece.count)
        readout.take(output, of: piece, into: &run.output)
        run.advance(by: piece.count)
        guard output.isFinite else { throw InferenceError.notFinite(position: run.position - 1) }
        if state.offset == readout.stateWindow { state = StateSlot(model.engine.makeState()) }
    }

    /// - Returns: the output that the run's tokens completed. Tokens of a block that is not full stay in the pass.
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
