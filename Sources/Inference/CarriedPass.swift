internal import Jobs
internal import Mamba

/// What a snapshot says of a pass, checked: whoever wrote it may have written anything.
///
/// Nearly all counts follow from how many tokens were read; a snapshot in which they do not is none.
struct CarriedPass {
    let state: ExportedState
    private(set) var waiting: [Int32]
    let tokenCount: Int
    let isComplete: Bool
    private(set) var carry: DocumentPass.Carry
    /// What further samples begin with, in the place of the generation's own.
    private(set) var prompt: Generation.CarriedPrompt?

    /// No document is as long: sums of a few such counts do not overflow.
    static let mostTokens = 1 << 48

    init(_ bytes: [UInt8], of origin: SnapshotOrigin) throws(SnapshotError) {
        let snapshot = try Snapshot(bytes: bytes, checksum: DocumentPass.checksum)
        try Self.check(snapshot, origin)
        var reader = CarriedReader(snapshot)
        let counts = try reader.integers("pass.counts", count: 3)
        tokenCount = snapshot.tokenOffset
        isComplete = counts[0] != 0
        waiting = try reader.tokens("pass.waiting")
        state = ExportedState(
            offset: counts[1], tensors: try origin.shape.stateTensors(of: snapshot.state, offset: counts[1]),
            lastRow: counts[2] != 0 ? try reader.floats("pass.last_hidden", count: origin.shape.hiddenSize) : nil)
        carry = DocumentPass.Carry(
            origin.task, hiddenSize: origin.shape.hiddenSize, vocabularySize: origin.shape.vocabularySize,
            sampledVocabularySize: origin.sampledVocabularySize)
        try checkCounts(origin, areFlags: [counts[0], counts[2]].allSatisfy((0...1).contains))
        switch carry {
        case .embed(var pooling):
            try pooling.restore(from: &reader, at: nextPosition)
            carry = .embed(pooling)
        case .score(var scoring):
            try scoring.restore(from: &reader, at: nextPosition)
            carry = .score(scoring)
        case .generate(var generation):
            let stand = Generation.Stand(
                tokens: tokenCount, next: nextPosition, isComplete: isComplete, offset: state.offset)
            prompt = try generation.restore(from: &reader, at: stand, of: origin.shape)
            carry = .generate(generation)
        }
        try reader.requireNothingLeft()
        guard state.isFinite else {
            throw SnapshotError.malformed(reason: "its state holds a number that is not finite")
        }
    }

    var position: SnapshotOrigin.Position {
        var sample: SnapshotOrigin.Position.Sample?
        if case .generate(let generation) = carry, let made = generation.sample {
            sample = .init(number: made.number, tokens: made.count, isFinished: made.finish != nil)
        }
        return .init(tokens: tokenCount, isComplete: isComplete, sample: sample)
    }

    /// Of the next token that runs.
    private var nextPosition: Int { tokenCount - waiting.count }

    private static func check(_ snapshot: Snapshot, _ origin: SnapshotOrigin) throws(SnapshotError) {
        guard snapshot.modelDigest == origin.modelDigest else {
            throw SnapshotError.otherModel(digest: snapshot.modelDigest, expected: origin.modelDigest)
        }
        let task = snapshot.metadata[DocumentPass.taskKey]
        guard task == origin.task.name else {
            throw SnapshotError.malformed(reason: "it is of task \(task ?? "none"), not \(origin.task.name)")
        }
        let dataType = snapshot.metadata[DocumentPass.dataTypeKey]
        guard dataType == origin.dataType.snapshotName else {
            throw SnapshotError.malformed(
                reason: "it is of data type \(dataType ?? "none"), not \(origin.dataType.snapshotName)")
        }
    }

    /// - Throws: `SnapshotError.malformed` where the counts of the pass contradict each other.
    private func checkCounts(_ origin: SnapshotOrigin, areFlags isFlag: Bool) throws(SnapshotError) {
        func require(_ isTrue: Bool, _ reason: @autoclosure () -> String) throws(SnapshotError) {
            guard isTrue else { throw SnapshotError.malformed(reason: reason()) }
        }
        try require(isFlag, "its flags are neither 0 nor 1")
        try require(tokenCount <= Self.mostTokens, "it stands after \(tokenCount) tokens")
        try require(waiting.count <= tokenCount, "\(waiting.count) of \(tokenCount) tokens wait")
        let unknown = waiting.first { $0 < 0 || Int($0) >= origin.shape.vocabularySize }
        try require(unknown == nil, "token \(unknown ?? 0) waits, which the model does not have")
        try require(
            !isComplete || waiting.isEmpty && tokenCount > 0, "it is complete, and \(waiting.count) tokens wait")
        let window: Int? = if case .score(let options) = origin.task { options.windowTokens } else { nil }
        let next = nextPosition
        let read = window.map { next % $0 } ?? next
        // Tokens wait for their block, or their window, to fill.
        let room = min(
            Job.blockTokens - read % Job.blockTokens, window.map { $0 - read } ?? .max)
        try require(waiting.count < room, "\(waiting.count) tokens wait where \(room) run")
        if case .generate = origin.task, isComplete {
            // The sample says how many more were read.
        } else {
            try require(state.offset == read, "its state is of \(state.offset) tokens where \(read) were read")
        }
        try require((state.lastRow != nil) == (state.offset > 0), "its last row is missing, or of no token")
    }
}

/// Takes carried tensors out of a snapshot and checks their types and lengths.
struct CarriedReader {
    private let snapshot: Snapshot
    private var taken: Set<String> = []

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    private mutating func take(_ name: String) throws(SnapshotError) -> CarriedTensor.Values {
        taken.insert(name)
        return try snapshot.carried(name)
    }

    mutating func integers(_ name: String, count: Int) throws(SnapshotError) -> [Int] {
        guard case .int64(let values) = try take(name), values.count == count else { throw wrong(name) }
        return values.map(Int.init)
    }

    mutating func floats(_ name: String, count: Int) throws(SnapshotError) -> [Float] {
        guard case .float32(let values) = try take(name), values.count == count else { throw wrong(name) }
        return values
    }

    mutating func doubles(_ name: String, count: Int) throws(SnapshotError) -> [Double] {
        guard case .float64(let values) = try take(name), values.count == count else { throw wrong(name) }
        return values
    }

    mutating func tokens(_ name: String) throws(SnapshotError) -> [Int32] {
        guard case .int32(let values) = try take(name) else { throw wrong(name) }
        return values
    }

    mutating func bytes(_ name: String) throws(SnapshotError) -> [UInt8] {
        guard case .uint8(let values) = try take(name) else { throw wrong(name) }
        return values
    }

    mutating func flags(_ name: String, count: Int) throws(SnapshotError) -> [Bool] {
        let values = try bytes(name)
        guard values.count == count else { throw wrong(name) }
        return values.map { $0 != 0 }
    }

    /// The state of the document's last token, from which further samples begin.
    func promptTensors(_ shape: ModelShape, offset: Int) throws(SnapshotError) -> [StateTensor] {
        try shape.stateTensors(of: snapshot.promptState, offset: offset)
    }

    var hasPromptState: Bool { !snapshot.promptState.isEmpty }

    /// - Throws: `SnapshotError.leftOverTensor`.
    func requireNothingLeft() throws(SnapshotError) {
        if let name = snapshot.carried.map(\.name).filter({ !taken.contains($0) }).min() { throw .leftOverTensor(name) }
    }

    private func wrong(_ name: String) -> SnapshotError {
        SnapshotError.malformed(reason: "tensor \(name) has another type or length than this task's")
    }
}

extension Pooling {
    /// - Parameter position: tokens that ran.
    fileprivate mutating func restore(
        from reader: inout CarriedReader, at position: Int
    ) throws(SnapshotError) {
        let counts = try reader.integers("embed.counts", count: 3)
        window = options.windowTokens.map { position / $0 } ?? 0
        start = window * (options.windowTokens ?? 0)
        count = position - start
        guard counts == [count, window, start] else {
            throw SnapshotError.malformed(
                reason: "after \(position) tokens it has \(counts[0]) rows in window \(counts[1]) from \(counts[2]) on")
        }
        sums = try reader.doubles("embed.sums", count: sums.count)
        guard sums.allSatisfy(\.isFinite) else {
            throw SnapshotError.malformed(reason: "its sums hold a number that is not finite")
        }
    }
}

extension Scoring {
    /// - Parameter position: tokens that ran.
    fileprivate mutating func restore(
        from reader: inout CarriedReader, at position: Int
    ) throws(SnapshotError) {
        scoredTokens = try reader.integers("score.counts", count: 1)[0]
        // The first token of the document, or of each window, has no score.
        let window = options.windowTokens ?? .max
        let unscored = position / window + (position % window > 0 ? 1 : 0)
        guard scoredTokens == position - unscored else {
            throw SnapshotError.malformed(reason: "\(scoredTokens) of \(position) tokens were scored")
        }
        negativeLogLikelihood = try reader.doubles("score.nll", count: 1)[0]
    }
}

extension Generation {
    /// A prompt as it was written down.
    struct CarriedPrompt {
        let state: ExportedState
        let isSeen: [Bool]
    }

    /// Where the pass stands that the generation belongs to.
    fileprivate struct Stand {
        /// Tokens of the document that were read, those that wait for their block included.
        var tokens: Int
        /// Of the next of them that runs.
        var next: Int
        var isComplete: Bool
        /// Tokens of the state.
        var offset: Int
    }

    /// - Returns: what further samples begin with, for an engine to load.
    fileprivate mutating func restore(
        from reader: inout CarriedReader, at stand: Stand, of shape: ModelShape
    ) throws(SnapshotError) -> CarriedPrompt? {
        let numbers = try reader.integers("generate.counts", count: 7)
        isSeen = try reader.flags("generate.seen", count: isSeen.count)
        try scoring?.restore(from: &reader, at: stand.next)
        let tail = try reader.bytes("generate.tail")
        let (hasPrompt, promptOffset, number) = (numbers[0] != 0, numbers[1], numbers[2])
        if number >= 0 {
            sample = try checkedSample(numbers, tail: tail, at: stand)
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
        guard hasPrompt else { return nil }
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
        return CarriedPrompt(state: state, isSeen: try reader.flags("prompt.seen", count: isSeen.count))
    }

    private func checkedSample(
        _ numbers: [Int], tail: [UInt8], at stand: Stand
    ) throws(SnapshotError) -> Sample {
        var sample = Sample(number: numbers[2], stop: StopStrings(options.stop))
        sample.count = numbers[3]
        sample.finish = numbers[4] == 0 ? nil : numbers[4] == 1 ? .stop : .length
        sample.keptBytes = numbers[5] < 0 ? nil : numbers[5]
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
        guard sample.stop.resume(byteCount: numbers[6], tail: tail), (sample.keptBytes ?? 0) <= numbers[6] else {
            throw SnapshotError.malformed(
                reason: "\(tail.count) bytes of \(numbers[6]) are looked through for stop strings")
        }
        return sample
    }

    private func fitsEnd(_ sample: Sample) -> Bool {
        let isFull = sample.count == options.maxTokens
        return switch sample.finish {
        case nil: !isFull && sample.keptBytes == nil
        case .length: isFull && sample.keptBytes == nil
        case .stop: sample.keptBytes == nil || !options.stop.isEmpty
        }
    }
}

extension ModelShape {
    /// The tensors of a state, in the order of the layers.
    ///
    /// - Parameters:
    ///   - tensors: one for each of a state's, by name and shape, in any order.
    ///   - offset: tokens of the state.
    /// - Throws: `SnapshotError` that names a tensor which is missing, misshapen or left over.
    fileprivate func stateTensors(of tensors: [StateTensor], offset: Int) throws(SnapshotError) -> [StateTensor] {
        var given: [String: StateTensor] = [:]
        for tensor in tensors { given[tensor.name] = tensor }
        var found: [StateTensor] = []
        for expected in state(afterTokens: offset) {
            guard let tensor = given.removeValue(forKey: expected.name) else {
                throw SnapshotError.missingTensor(expected.name)
            }
            guard tensor.shape == expected.shape else {
                throw SnapshotError.misshapenTensor(expected.name, shape: tensor.shape, expected: expected.shape)
            }
            found.append(tensor)
        }
        if let name = given.keys.min() { throw SnapshotError.leftOverTensor(name) }
        return found
    }
}

extension ExportedState {
    /// Whether no number of it is infinite or not a number.
    fileprivate var isFinite: Bool { tensors.allSatisfy(\.isFinite) && lastRow?.allSatisfy(\.isFinite) ?? true }
}
