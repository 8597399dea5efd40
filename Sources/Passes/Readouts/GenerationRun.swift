internal import Jobs
internal import ModelFiles

/// A run of one sample: some tokens, chosen one after the other.
struct GenerationRun {
    private var readout: GenerationReadout
    private var sample: GenerationReadout.Sample
    private var limit: Int
    private let vocabularySize: Int
    private let randomness: SampleRandomness
    private(set) var output = StepOutput.Generated()

    /// - Parameter vocabularySize: the size of the vocabulary without padding.
    init(
        _ readout: GenerationReadout, sample: GenerationReadout.Sample, atMost limit: Int, documentID: String,
        vocabularySize: Int
    ) {
        self.readout = readout
        self.sample = sample
        self.limit = limit
        self.vocabularySize = vocabularySize
        randomness = SampleRandomness(
            seed: readout.options.seed, documentID: documentID, sample: sample.number)
        let topCount = readout.options.topLogprobs
        if topCount > 0 { output.top = TopTokens(count: topCount) }
        if sample.count == readout.options.maxTokens, sample.finish == nil { self.sample.finish = .length }
    }

    /// Whether the sample goes on and fewer tokens than asked for were chosen.
    var wantsMore: Bool { sample.finish == nil && output.tokens.count < limit }

    /// Limits the run to its present tokens, but to at least one.
    mutating func cut() {
        limit = min(limit, max(1, output.tokens.count))
    }

    /// The request for the next token.
    func choice(after state: StateSlot) -> TokenChoice {
        TokenChoice(
            state: state.shared, options: readout.options, vocabularySize: vocabularySize,
            isSeen: readout.isSeen, randomness: randomness, position: sample.count)
    }

    /// Adds the chosen token.
    ///
    /// - Returns: the token to read next; `nil` if the sample is complete.
    mutating func take(_ chosen: ChosenToken, of model: Model) -> Int32? {
        let token = chosen.token
        if model.endOfText.contains(token) {
            sample.finish = .stop
            return nil
        }
        output.tokens.append(token)
        output.logProbabilities.append(chosen.logProbability)
        if let top = chosen.top { output.top?.append(top) }
        sample.add(bytes: model.tokenBytes?.bytes(of: token) ?? [], limit: readout.options.maxTokens)
        guard sample.finish == nil else { return nil }
        readout.see(CollectionOfOne(token))
        return token
    }

    /// The readout with the sample so far.
    var ended: GenerationReadout {
        var readout = readout
        readout.current = sample
        return readout
    }
}

extension GenerationReadout.Sample {
    /// Adds one token, which may complete the sample.
    fileprivate mutating func add(bytes: [UInt8], limit: Int) {
        count += 1
        if !stop.isEmpty, let kept = stop.add(bytes) {
            finish = .stop
            textEnd = kept
        } else if count == limit {
            finish = .length
        }
    }
}
