public import Jobs
internal import Mamba

/// One document on its way through a model for one task: recurrent state, and what the task carries beside it.
///
/// The document is read in order, in pieces of any size; the results, bit for bit, do not depend on the sizes, because a
/// block of 256 tokens runs when it is full or when the document (or a window of scores) ends. Pieces that are whole
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
        switch task {
        case .embed(let options): carry = .embed(Pooling(options, width: model.hiddenSize))
        case .generate(let options):
            carry = .generate(
                Generation(
                    options, vocabularySize: model.vocabularySize, sampledVocabularySize: model.sampledVocabularySize))
        case .score(let options): carry = .score(Scoring(options))
        }
    }

    /// Reads the next tokens of the document.
    ///
    /// - Parameters:
    ///   - isLast: no tokens follow. The tokens may then be none.
    /// - Returns: embeddings and scores that these tokens complete. For a generation the scores, if it repeats the document
    ///   with log probabilities, else nothing.
    /// - Throws: `InferenceError`; the pass is then of no further use.
    public mutating func read(
        _ tokens: [Int32], isLast: Bool, on lane: Lane
    ) throws(InferenceError) -> PassOutput {
        precondition(!isComplete, "reading on after the last token of \(documentID)")
        precondition(lane.model === model, "a lane of another model")
        try requireKnown(tokens)
        if isLast && tokenCount + tokens.count == 0 { throw InferenceError.emptyDocument }
        var output = PassOutput()
        let queue = waiting + tokens
        var position = tokenCount - waiting.count
        if let scoring = carry.scoring { output.scores = scoring.noScores(at: position) }
        var next = 0
        while next < queue.count {
            let room = roomInBlock
            guard queue.count - next >= room || isLast else { break }
            let end = min(next + room, queue.count)
            try runBlock(queue[next..<end], at: position, on: lane, into: &output)
            position += end - next
            next = end
        }
        waiting = Array(queue[next...])
        tokenCount += tokens.count
        if isLast { complete(into: &output) }
        if let scoring = carry.scoring {
            output.scores.negativeLogLikelihood = scoring.negativeLogLikelihood
            output.scores.scoredTokens = scoring.scoredTokens
        }
        return output
    }

    /// Tokens that fit before the next line of the grid: the end of a block or of a window of scores.
    private var roomInBlock: Int {
        let block = LanguageModel.blockTokens - state.offset % LanguageModel.blockTokens
        guard case .score(let scoring) = carry, let window = scoring.options.windowTokens else { return block }
        return min(block, window - state.offset)
    }

    private mutating func runBlock(
        _ tokens: ArraySlice<Int32>, at position: Int, on lane: Lane, into output: inout PassOutput
    ) throws(InferenceError) {
        let workspace = lane.workspace
        if let lastHidden { workspace.setPrecedingRow(lastHidden) }
        model.language.readBlock(tokens, from: &state, in: workspace)
        defer { lane.onProgress(tokens.count) }
        switch carry {
        case .embed(var pooling):
            pooling.add(rows: tokens.count, at: position, of: model.language, in: workspace, into: &output.embeddings)
            carry = .embed(pooling)
        case .score(var scoring):
            scoring.add(
                tokens, hasPreceding: lastHidden != nil, of: model.language, in: workspace, into: &output.scores)
            carry = .score(scoring)
        case .generate(var generation):
            generation.scoring?.add(
                tokens, hasPreceding: lastHidden != nil, of: model.language, in: workspace, into: &output.scores)
            generation.see(tokens)
            carry = .generate(generation)
        }
        let last = workspace.hiddenRow(tokens.count - 1)
        guard last.allSatisfy(\.isFinite) else {
            throw InferenceError.notFinite(position: position + tokens.count - 1)
        }
        lastHidden = last
        if case .score(let scoring) = carry, scoring.options.windowTokens == state.offset {
            state = model.language.emptyState()
            lastHidden = nil
        }
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
