internal import Jobs
internal import Kernels
internal import Mamba

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
        var state: RecurrentState
        var lastHidden: [Float]
        var isSeen: [Bool]
    }

    /// One sample as far as it is.
    struct Sample: Sendable {
        var number: Int
        /// Tokens so far.
        var count = 0
        var stop: StopStrings
        var finish: FinishReason?
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
            let distribution = model.language.distribution(after: run.hidden, in: lane.workspace)
            guard distribution.isFinite else { throw InferenceError.notFinite(position: state.offset - 1) }
            guard let token = run.choose(from: distribution, of: model) else { break }
            model.language.readBlock([token], from: &state, in: lane.workspace)
            run.hidden = try row(0, on: lane)
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
        guard model.language.hasHead else { throw InferenceError.noHead }
        guard generation.options.stop.isEmpty || model.tokenBytes != nil else {
            throw InferenceError.stopStringsWithoutTokenizer
        }
        if generation.sample?.number != number { try start(sample: number, of: &generation) }
        guard let sample = generation.sample, let lastHidden else {
            throw InferenceError.outOfOrder(reason: "generating after no token")
        }
        return GenerationRun(
            generation, sample: sample, atMost: count, hidden: lastHidden, documentID: documentID, model: model)
    }

    /// - Returns: what the run added to the sample.
    mutating func end(_ run: GenerationRun) -> GeneratedTokens {
        lastHidden = run.hidden
        carry = .generate(run.ended)
        var output = run.output
        if case .generate(let generation) = carry {
            output.finish = generation.sample?.finish
            output.keptBytes = generation.sample?.keptBytes
        }
        return output
    }

    /// The row of a generated token that was just read, the workspace's one at `index`.
    func row(_ index: Int, on lane: Lane) throws(InferenceError) -> [Float] {
        lane.onProgress(1)
        let row = lane.workspace.hiddenRow(index)
        guard row.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(position: state.offset - 1) }
        return row
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
            lastHidden = prompt.lastHidden
            generation.isSeen = prompt.isSeen
        } else if let lastHidden {
            generation.prompt = Generation.Prompt(state: state, lastHidden: lastHidden, isSeen: generation.isSeen)
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
    private let sampler: Sampler
    private let randomness: SampleRandomness
    /// The row after the last norm of the last token that was read.
    var hidden: [Float]
    private(set) var output = GeneratedTokens()

    init(
        _ generation: Generation, sample: Generation.Sample, atMost limit: Int, hidden: [Float], documentID: String,
        model: Model
    ) {
        self.generation = generation
        self.sample = sample
        self.limit = limit
        self.hidden = hidden
        sampler = Sampler(
            generation.options, vocabularySize: model.sampledVocabularySize, arithmetic: model.language.arithmetic)
        randomness = SampleRandomness(
            seed: generation.options.seed, documentID: documentID, sample: sample.number)
        let topCount = generation.options.topLogprobs
        if topCount > 0 { output.top = LikeliestTokens(count: topCount) }
        if sample.count == generation.options.maxTokens, sample.finish == nil { self.sample.finish = .length }
    }

    /// Whether the sample goes on and fewer tokens than asked for were chosen.
    var wantsMore: Bool { sample.finish == nil && output.tokens.count < limit }

    /// Asks for no more tokens than there are, but for one.
    mutating func cut() {
        limit = min(limit, max(1, output.tokens.count))
    }

    /// Chooses the next token.
    ///
    /// - Returns: the token, to be read; `nil` if the sample is complete.
    mutating func choose(from distribution: NextTokenDistribution, of model: Model) -> Int32? {
        let token = chooseToken(from: distribution)
        if model.endOfText.contains(token) {
            sample.finish = .stop
            return nil
        }
        output.tokens.append(token)
        output.logProbabilities.append(distribution.logProbability(of: token))
        output.top?.append(
            model.language.likeliest(
                generation.options.topLogprobs, of: distribution, vocabularySize: sampler.vocabularySize))
        sample.add(bytes: model.tokenBytes?.bytes(of: token) ?? [], limit: generation.options.maxTokens)
        guard sample.finish == nil else { return nil }
        generation.see(CollectionOfOne(token))
        return token
    }

    private func chooseToken(from distribution: NextTokenDistribution) -> Int32 {
        if sampler.takesLargestLogit, distribution.likeliest < sampler.vocabularySize { return distribution.likeliest }
        return sampler.token(
            logits: distribution.logits, isSeen: generation.isSeen, uniform: randomness.uniform(at: sample.count))
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
