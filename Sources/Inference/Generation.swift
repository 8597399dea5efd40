internal import Jobs

/// What a generation carries beside the recurrent state.
struct Generation: Sendable {
    let options: GenerateOptions
    /// Tokens of the document and of the current sample, for the repetition penalty; empty when there is none.
    var isSeen: [Bool]
    /// Scores the document's tokens, where they are repeated with log probabilities.
    var scoring: Scoring?
    /// Where every sample starts; kept while more than one sample is to come from it.
    var prompt: Prompt?
    var sample: Sample?

    /// The state after the document's last token.
    struct Prompt: Sendable {
        var state: StateSlot
        var isSeen: [Bool]
    }

    /// One sample as far as it is.
    struct Sample: Sendable {
        var number: Int
        /// Tokens so far.
        var count = 0
        var stop: StopStrings
        var finish: Finish?
        var keptBytes: Int?
    }

    /// - Parameters:
    ///   - vocabularySize: ids that the document may hold.
    ///   - sampledVocabularySize: ids that are generated.
    init(_ options: GenerateOptions, vocabularySize: Int, sampledVocabularySize: Int) {
        self.options = options
        isSeen = options.repetitionPenalty == 1 ? [] : Array(repeating: false, count: vocabularySize)
        if options.echo, options.logprobs || options.topLogprobs > 0 {
            scoring = Scoring(ScoreOptions(), topCount: options.topLogprobs, vocabularySize: sampledVocabularySize)
        }
    }

    mutating func see(_ tokens: some Sequence<Int32>) {
        guard !isSeen.isEmpty else { return }
        for token in tokens { isSeen[Int(token)] = true }
    }
}

extension DocumentPass {
    /// Continues the document, after its last token was read.
    ///
    /// Called again it goes on where it was; the tokens do not depend on how many are asked for at a time. Samples come
    /// in order: asking for the next one starts it from the state after the document. In a document of several texts
    /// those of the second are numbered from `n` on.
    ///
    /// - Parameters:
    ///   - count: the most tokens to generate now.
    ///   - sample: number of the sample; each text of a document has `n` of them.
    /// - Returns: the new tokens. When `finish` is set the sample is complete, and asking again gives no more tokens.
    /// - Throws: `InferenceError`.
    public mutating func generate(
        atMost count: Int, sample number: Int, on lane: Lane
    ) throws(InferenceError) -> GeneratedTokens {
        var run = try startRun(sample: number, atMost: count, on: lane)
        while run.wantsMore {
            let chosen = lane.engine.nextTokens([run.choice(after: state)])[0]
            guard let token = try take(chosen, into: &run) else { break }
            try take(lane.engine.read([Piece([token], from: state.own())])[0], on: lane)
        }
        return end(run)
    }

    /// Takes the sample out, to go on with it; `end` puts it back.
    mutating func startRun(
        sample number: Int, atMost count: Int, on lane: Lane
    ) throws(InferenceError) -> GenerationRun {
        precondition(lane.model === model, "a lane of another model")
        guard case .generate(var generation) = carry, isComplete else {
            throw InferenceError.outOfOrder(reason: "generating before the last token was read, or for another task")
        }
        guard model.engine.hasHead else { throw InferenceError.noHead }
        guard generation.options.stop.isEmpty || model.tokenBytes != nil else {
            throw InferenceError.stopStringsWithoutTokenizer
        }
        if generation.sample?.number != number { try start(sample: number, of: &generation) }
        guard let sample = generation.sample, state.offset > 0 else {
            throw InferenceError.outOfOrder(reason: "generating after no token")
        }
        return GenerationRun(
            generation, sample: sample, atMost: count, documentID: documentID,
            vocabularySize: model.sampledVocabularySize)
    }

    /// - Returns: what the run added to the sample.
    mutating func end(_ run: GenerationRun) -> GeneratedTokens {
        carry = .generate(run.ended)
        var output = run.output
        if case .generate(let generation) = carry {
            output.finish = generation.sample?.finish
            output.keptBytes = generation.sample?.keptBytes
        }
        return output
    }

    /// Takes in the token that was chosen for a run; `nil`: there was nothing to choose from.
    ///
    /// - Returns: the token, to be read; `nil` if the sample is complete.
    func take(_ chosen: ChosenToken?, into run: inout GenerationRun) throws(InferenceError) -> Int32? {
        guard let chosen else { throw InferenceError.notFinite(position: state.offset - 1) }
        return run.take(chosen, of: model)
    }

    /// Takes in what reading a generated token gave.
    func take(_ output: PieceOutput, on lane: Lane) throws(InferenceError) {
        lane.onProgress(1)
        guard output.isFinite else { throw InferenceError.notFinite(position: state.offset - 1) }
    }

    private mutating func start(
        sample number: Int, of generation: inout Generation
    ) throws(InferenceError) {
        let options = generation.options
        guard number > (generation.sample?.number ?? -1) else {
            throw InferenceError.outOfOrder(reason: "sample \(number), after a later one")
        }
        if let prompt = generation.prompt {
            state = prompt.state
            generation.isSeen = prompt.isSeen
        } else if state.offset > 0 {
            generation.prompt = Generation.Prompt(state: state, isSeen: generation.isSeen)
        }
        // The last sample of a text may change the state in place.
        if number % options.samples == options.samples - 1 { generation.prompt = nil }
        generation.sample = Generation.Sample(number: number, stop: StopStrings(options.stop))
    }
}

/// Some tokens of one sample, chosen one after the other.
struct GenerationRun {
    private var generation: Generation
    private var sample: Generation.Sample
    private var limit: Int
    private let vocabularySize: Int
    private let randomness: SampleRandomness
    private(set) var output = GeneratedTokens()

    /// - Parameter vocabularySize: ids that are generated.
    init(
        _ generation: Generation, sample: Generation.Sample, atMost limit: Int, documentID: String,
        vocabularySize: Int
    ) {
        self.generation = generation
        self.sample = sample
        self.limit = limit
        self.vocabularySize = vocabularySize
        randomness = SampleRandomness(
            seed: generation.options.seed, documentID: documentID, sample: sample.number)
        let topCount = generation.options.topLogprobs
        if topCount > 0 { output.top = TopTokens(count: topCount) }
        if sample.count == generation.options.maxTokens, sample.finish == nil { self.sample.finish = .length }
    }

    /// Whether the sample goes on and fewer tokens than asked for were chosen.
    var wantsMore: Bool { sample.finish == nil && output.tokens.count < limit }

    /// Asks for no more tokens than there are, but for one.
    mutating func cut() {
        limit = min(limit, max(1, output.tokens.count))
    }

    /// The next token, which is to be chosen.
    func choice(after state: StateSlot) -> TokenChoice {
        TokenChoice(
            state: state.shared, options: generation.options, vocabularySize: vocabularySize,
            isSeen: generation.isSeen, randomness: randomness, position: sample.count)
    }

    /// Takes in the token that was chosen.
    ///
    /// - Returns: the token, to be read; `nil` if the sample is complete.
    mutating func take(_ chosen: ChosenToken, of model: Model) -> Int32? {
        let token = chosen.token
        if model.endOfText.contains(token) {
            sample.finish = .stop
            return nil
        }
        output.tokens.append(token)
        output.logProbabilities.append(chosen.logProbability)
        if let top = chosen.top { output.top?.append(top) }
        sample.add(bytes: model.tokenBytes?.bytes(of: token) ?? [], limit: generation.options.maxTokens)
        guard sample.finish == nil else { return nil }
        generation.see(CollectionOfOne(token))
        return token
    }

    /// The generation with the sample as far as it is.
    fileprivate var ended: Generation {
        var generation = generation
        generation.sample = sample
        return generation
    }
}

extension Generation.Sample {
    /// Takes in one more token, which may complete the sample.
    fileprivate mutating func add(bytes: [UInt8], limit: Int) {
        count += 1
        if !stop.isEmpty, let kept = stop.add(bytes) {
            finish = .stop
            keptBytes = kept
        } else if count == limit {
            finish = .length
        }
    }
}
