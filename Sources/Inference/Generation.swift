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
    /// Called again it goes on where it was; the tokens do not depend on how many are asked for at a time. Samples come in
    /// order: asking for the next one starts it from the state after the document.
    ///
    /// - Parameters:
    ///   - count: the most tokens to generate now.
    ///   - sample: number of the sample, from 0 up to the job's `n`.
    /// - Returns: the new tokens. When `finish` is set the sample is complete, and asking again gives no more tokens.
    /// - Throws: `InferenceError`.
    public mutating func generate(
        atMost count: Int, sample number: Int, on lane: Lane
    ) throws(InferenceError) -> GeneratedTokens {
        guard case .generate(var generation) = carry, isComplete else {
            preconditionFailure("generating before the last token of \(documentID) was read, or for another task")
        }
        precondition(lane.model === model, "a lane of another model")
        guard generation.options.stop.isEmpty || model.tokenBytes != nil else {
            throw InferenceError.stopStringsWithoutTokenizer
        }
        if generation.sample?.number != number { start(sample: number, of: &generation) }
        guard var sample = generation.sample, var hidden = lastHidden else {
            preconditionFailure("a generation without a sample or a last row")
        }
        let sampler = Sampler(generation.options, vocabularySize: model.sampledVocabularySize)
        let randomness = SampleRandomness(
            seed: generation.options.seed, documentID: documentID, sample: sample.number)
        var output = GeneratedTokens()
        let topCount = generation.options.topLogprobs
        if topCount > 0 { output.top = LikeliestTokens(count: topCount) }
        if sample.count == generation.options.maxTokens, sample.finish == nil { sample.finish = .length }
        while sample.finish == nil, output.tokens.count < count {
            let distribution = model.language.distribution(after: hidden, in: lane.workspace)
            let token = sampler.token(
                logits: distribution.logits, isSeen: generation.isSeen, uniform: randomness.uniform(at: sample.count))
            if model.endOfText.contains(token) {
                sample.finish = .stop
                break
            }
            output.tokens.append(token)
            output.logProbabilities.append(distribution.logProbability(of: token))
            output.top?.append(
                model.language.likeliest(topCount, of: distribution, vocabularySize: sampler.vocabularySize))
            sample.add(bytes: model.tokenBytes?.bytes(of: token) ?? [], limit: generation.options.maxTokens)
            guard sample.finish == nil else { break }
            generation.see(CollectionOfOne(token))
            hidden = try read(generated: token, on: lane)
        }
        lastHidden = hidden
        output.finish = sample.finish
        output.keptBytes = sample.keptBytes
        generation.sample = sample
        carry = .generate(generation)
        return output
    }

    private mutating func start(sample number: Int, of generation: inout Generation) {
        let options = generation.options
        precondition(number >= 0 && number < options.samples, "sample \(number) of \(options.samples)")
        precondition(number > (generation.sample?.number ?? -1), "sample \(number) after a later one")
        if let prompt = generation.prompt {
            state = prompt.state
            lastHidden = prompt.lastHidden
            generation.isSeen = prompt.isSeen
        } else if let lastHidden {
            generation.prompt = Generation.Prompt(state: state, lastHidden: lastHidden, isSeen: generation.isSeen)
        }
        // The last sample may change the state in place.
        if number == options.samples - 1 { generation.prompt = nil }
        generation.sample = Generation.Sample(number: number, stop: StopStrings(options.stop))
    }

    private mutating func read(generated token: Int32, on lane: Lane) throws(InferenceError) -> [Float] {
        model.language.readBlock([token], from: &state, in: lane.workspace)
        lane.onProgress(1)
        let row = lane.workspace.hiddenRow(0)
        guard row.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(position: state.offset - 1) }
        return row
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
