internal import Checkpoints
internal import Jobs

/// The readout for a generation: its state beside the recurrent state.
struct GenerationReadout: Readout {
    let options: GenerateOptions
    /// The flags of the tokens in the document and in the present sample, for the repetition penalty; empty without
    /// one.
    var isSeen: [Bool]
    /// The score of the document's tokens, if rows repeat them with log probabilities.
    private(set) var echo: ScoreReadout?
    /// The start of every sample, kept until the last sample begins.
    var prompt: Prompt?
    /// The prompt from a snapshot that no engine has loaded yet.
    private var written: (state: ExportedState, isSeen: [Bool])?
    /// The latest sample.
    var current: Sample?

    /// The state after the document's last token.
    struct Prompt: Sendable {
        var state: StateSlot
        var isSeen: [Bool]
    }

    /// One sample so far.
    struct Sample: Sendable {
        var number: Int
        /// The number of tokens so far.
        var count = 0
        var stop: StopStrings
        var finish: FinishReason?
        var textEnd: Int?
    }

    /// - Parameters:
    ///   - vocabularySize: the size of the vocabulary for documents.
    ///   - sampledVocabularySize: the size of the vocabulary for samples, without padding.
    init(_ options: GenerateOptions, vocabularySize: Int, sampledVocabularySize: Int) {
        self.options = options
        isSeen = options.repetitionPenalty == 1 ? [] : Array(repeating: false, count: vocabularySize)
        if options.echo, options.logprobs || options.topLogprobs > 0 {
            echo = ScoreReadout(ScoreOptions(), topCount: options.topLogprobs, vocabularySize: sampledVocabularySize)
        }
    }

    var needsHead: Bool { echo != nil }
    var movesOnAtTheEnd: Bool { true }

    mutating func see(_ tokens: some Sequence<Int32>) {
        guard !isSeen.isEmpty else { return }
        for token in tokens { isSeen[Int(token)] = true }
    }

    // MARK: - Reading

    func begin(_ output: inout StepOutput) { echo?.begin(&output) }

    func wanted(of count: Int) -> Piece.Wanted { echo?.wanted(of: count) ?? .nothing }

    mutating func take(_ output: PieceOutput, of tokens: ArraySlice<Int32>, into result: inout StepOutput) {
        echo?.take(output, of: tokens, into: &result)
        see(tokens)
    }

    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot) {
        echo?.end(&output, isLast: isLast, after: state)
    }

    // MARK: - Samples

    /// Begins a sample after the document.
    ///
    /// - Parameter state: the state at the end of the document or of an earlier sample. The new sample's state replaces
    ///   it.
    /// - Throws: `InferenceError` if a later sample has begun.
    mutating func begin(sample number: Int, from state: inout StateSlot) throws(InferenceError) {
        guard number > (current?.number ?? -1) else {
            throw InferenceError.outOfOrder(reason: "sample \(number), after a later one")
        }
        if let prompt {
            state = prompt.state
            isSeen = prompt.isSeen
        } else if state.offset > 0 {
            prompt = Prompt(state: state, isSeen: isSeen)
        }
        // The last sample of a text may change the state in place.
        if number % options.samples == options.samples - 1 { prompt = nil }
        current = Sample(number: number, stop: StopStrings(options.stop))
    }

    // MARK: - Snapshots

    var promptState: StateSlot? { prompt?.state }

    var sample: SnapshotOrigin.Position.Sample? {
        current.map { .init(number: $0.number, tokens: $0.count, isFinished: $0.finish != nil) }
    }

    func carried(with prompt: ExportedState?) -> [CarriedTensor] {
        let finish = current?.finish.map { $0 == .stop ? 1 : 2 } ?? 0
        let numbers = [
            prompt == nil ? 0 : 1, prompt?.offset ?? 0, current?.number ?? -1, current?.count ?? 0, finish,
            current?.textEnd ?? -1, current?.stop.byteCount ?? 0,
        ]
        var tensors = [
            CarriedTensor(name: "generate.counts", integers: numbers),
            CarriedTensor(name: "generate.seen", values: .uint8(isSeen.map { $0 ? 1 : 0 })),
            CarriedTensor(name: "generate.tail", values: .uint8(current?.stop.tail ?? [])),
        ]
        if let echo { tensors += echo.carried(with: nil) }
        if let prompt, let isSeen = self.prompt?.isSeen {
            tensors.append(CarriedTensor(name: "prompt.last_hidden", values: .float32(prompt.lastRow ?? [])))
            tensors.append(CarriedTensor(name: "prompt.seen", values: .uint8(isSeen.map { $0 ? 1 : 0 })))
        }
        return tensors
    }

    mutating func load(on engine: any Engine) throws(SnapshotError) {
        guard let written else { return }
        prompt = Prompt(state: StateSlot(try engine.makeState(written.state)), isSeen: written.isSeen)
        self.written = nil
    }

    mutating func restore(
        from reader: inout CarriedReader, at stand: PassStand, of shape: ModelShape
    ) throws(SnapshotError) {
        let numbers = try reader.integers("generate.counts", count: 7)
        isSeen = try reader.flags("generate.seen", count: isSeen.count)
        try echo?.restore(from: &reader, at: stand, of: shape)
        let tail = try reader.bytes("generate.tail")
        let (hasPrompt, promptOffset, number) = (numbers[0] != 0, numbers[1], numbers[2])
        if number >= 0 {
            current = try checkedSample(numbers, tail: tail, at: stand)
        } else if stand.isComplete && stand.offset != stand.tokens || numbers[2...] != [-1, 0, 0, -1, 0]
            || !tail.isEmpty
        {
            throw SnapshotError.malformed(
                reason: "its state is of \(stand.offset) tokens, and \(stand.tokens) were read and none made")
        }
        guard (0...1).contains(numbers[0]), hasPrompt || promptOffset == 0 else {
            throw SnapshotError.malformed(reason: "samples begin after \(promptOffset) tokens of no state")
        }
        guard hasPrompt == (number >= 0 && number % options.samples < options.samples - 1),
            hasPrompt == reader.hasPromptState
        else {
            throw SnapshotError.malformed(reason: "what further samples begin with is missing, or too much")
        }
        guard hasPrompt else { return }
        guard promptOffset == stand.tokens else {
            throw SnapshotError.malformed(
                reason: "samples begin after \(promptOffset) tokens, and the document has \(stand.tokens)")
        }
        let state = ExportedState(
            offset: promptOffset, tensors: try reader.promptTensors(shape, offset: promptOffset),
            lastRow: try reader.floats("prompt.last_hidden", count: shape.hiddenSize))
        guard state.isFinite else {
            throw SnapshotError.malformed(reason: "what further samples begin with is not finite")
        }
        written = (state, try reader.flags("prompt.seen", count: isSeen.count))
    }

    private func checkedSample(
        _ numbers: [Int], tail: [UInt8], at stand: PassStand
    ) throws(SnapshotError) -> Sample {
        var sample = Sample(number: numbers[2], stop: StopStrings(options.stop))
        sample.count = numbers[3]
        sample.finish = numbers[4] == 0 ? nil : numbers[4] == 1 ? .stop : .length
        sample.textEnd = numbers[5] < 0 ? nil : numbers[5]
        guard stand.isComplete, sample.number <= CarriedPass.mostTokens, (0...options.maxTokens).contains(sample.count),
            (0...2).contains(numbers[4]), numbers[5] >= -1, fitsEnd(sample)
        else {
            throw SnapshotError.malformed(
                reason:
                    "sample \(sample.number) of \(options.samples) has \(sample.count) of \(options.maxTokens) tokens "
                    + "and \(sample.finish.map { "ends by its \($0)" } ?? "goes on")")
        }
        // The token that completes a sample is not read.
        let read = stand.offset.subtractingReportingOverflow(stand.tokens)
        let most = sample.count
        guard !read.overflow, read.partialValue <= most,
            read.partialValue >= (sample.finish == nil ? most : max(0, most - 1))
        else {
            throw SnapshotError.malformed(
                reason: "its state is of \(stand.offset) tokens, and \(stand.tokens) were read and \(most) made")
        }
        guard sample.stop.resume(byteCount: numbers[6], tail: tail), (sample.textEnd ?? 0) <= numbers[6] else {
            throw SnapshotError.malformed(
                reason: "\(tail.count) bytes of \(numbers[6]) are looked through for stop strings")
        }
        return sample
    }

    private func fitsEnd(_ sample: Sample) -> Bool {
        let isFull = sample.count == options.maxTokens
        return switch sample.finish {
        case nil: !isFull && sample.textEnd == nil
        case .length: isFull && sample.textEnd == nil
        case .stop: sample.textEnd == nil || !options.stop.isEmpty
        }
    }
}
