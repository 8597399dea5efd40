internal import Crypto
public import Jobs
internal import Kernels
public import Mamba

extension DocumentPass {
    /// Everything that the pass carries, as the bytes of a safetensors file with a checksum: see `Snapshot`.
    ///
    /// Its metadata holds the token offset, the model's digest, the data type and the task.
    public func snapshot() -> [UInt8] {
        Snapshot(
            tokenOffset: tokenCount, modelDigest: model.digest, state: state.tensors, carried: carriedTensors,
            metadata: [Self.taskKey: task.name, Self.dataTypeKey: model.language.arithmetic.dataType.rawValue]
        ).encoded(checksum: Self.checksum)
    }

    /// A pass that goes on where the one that wrote `snapshot` was, bit for bit on a machine of equal profile.
    ///
    /// - Parameters:
    ///   - model, task, documentID: those of the pass that wrote it.
    /// - Throws: `SnapshotError` when the bytes were changed, or belong to another model, data type or task.
    public init(
        restoring snapshot: [UInt8], model: Model, task: Job.Task, documentID: String
    ) throws(SnapshotError) {
        let snapshot = try Snapshot(bytes: snapshot, checksum: Self.checksum)
        guard snapshot.modelDigest == model.digest else {
            throw SnapshotError.otherModel(digest: snapshot.modelDigest, expected: model.digest)
        }
        guard snapshot.metadata[Self.taskKey] == task.name else {
            throw SnapshotError.malformed(
                reason: "it is of task \(snapshot.metadata[Self.taskKey] ?? "none"), not \(task.name)")
        }
        let (stated, own) = (snapshot.metadata[Self.dataTypeKey], model.language.arithmetic.dataType.rawValue)
        guard stated == own else {
            throw SnapshotError.malformed(reason: "it is of data type \(stated ?? "none"), not \(own)")
        }
        self.init(model: model, task: task, documentID: documentID)
        let carried = CarriedReader(snapshot)
        let counts = try carried.integers("pass.counts", count: 3)
        tokenCount = snapshot.tokenOffset
        isComplete = counts[0] != 0
        state = try model.language.state(from: snapshot, offset: counts[1])
        lastHidden = counts[2] != 0 ? try carried.floats("pass.last_hidden", count: model.hiddenSize) : nil
        waiting = try carried.tokens("pass.waiting")
        switch carry {
        case .embed(var pooling):
            try pooling.restore(from: carried)
            carry = .embed(pooling)
        case .score(var scoring):
            try scoring.restore(from: carried)
            carry = .score(scoring)
        case .generate(var generation):
            try generation.restore(from: carried, model: model)
            carry = .generate(generation)
        }
    }

    private static let taskKey = "longscan.task"
    private static let dataTypeKey = "longscan.data_type"

    private var carriedTensors: [CarriedTensor] {
        let counts = [isComplete ? 1 : 0, state.offset, lastHidden == nil ? 0 : 1]
        var tensors = [
            CarriedTensor(name: "pass.counts", integers: counts),
            CarriedTensor(name: "pass.waiting", values: .int32(waiting)),
        ]
        if let lastHidden { tensors.append(CarriedTensor(name: "pass.last_hidden", values: .float32(lastHidden))) }
        switch carry {
        case .embed(let pooling): tensors += pooling.carriedTensors
        case .score(let scoring): tensors += scoring.carriedTensors
        case .generate(let generation): tensors += generation.carriedTensors
        }
        return tensors
    }

    private static func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: header)
        // In pieces, because a slice of an array is copied to be hashed.
        for start in stride(from: data.startIndex, to: data.endIndex, by: 1 << 20) {
            hash.update(data: Array(data[start..<min(start + 1 << 20, data.endIndex)]))
        }
        return "sha256:" + hexadecimal(hash.finalize())
    }
}

extension CarriedTensor {
    fileprivate init(name: String, integers: [Int]) {
        self.init(name: name, values: .int64(integers.map(Int64.init)))
    }
}

/// Takes carried tensors out of a snapshot and checks their types and lengths.
private struct CarriedReader {
    let snapshot: Snapshot

    init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    func integers(_ name: String, count: Int) throws(SnapshotError) -> [Int] {
        guard case .int64(let values) = try snapshot.carried(name), values.count == count else { throw wrong(name) }
        return values.map(Int.init)
    }

    func floats(_ name: String, count: Int) throws(SnapshotError) -> [Float] {
        guard case .float32(let values) = try snapshot.carried(name), values.count == count else { throw wrong(name) }
        return values
    }

    func doubles(_ name: String, count: Int) throws(SnapshotError) -> [Double] {
        guard case .float64(let values) = try snapshot.carried(name), values.count == count else { throw wrong(name) }
        return values
    }

    func tokens(_ name: String) throws(SnapshotError) -> [Int32] {
        guard case .int32(let values) = try snapshot.carried(name) else { throw wrong(name) }
        return values
    }

    func bytes(_ name: String) throws(SnapshotError) -> [UInt8] {
        guard case .uint8(let values) = try snapshot.carried(name) else { throw wrong(name) }
        return values
    }

    func flags(_ name: String, count: Int) throws(SnapshotError) -> [Bool] {
        let values = try bytes(name)
        guard values.count == count else { throw wrong(name) }
        return values.map { $0 != 0 }
    }

    private func wrong(_ name: String) -> SnapshotError {
        SnapshotError.malformed(reason: "tensor \(name) has another type or length than this task's")
    }
}

extension Pooling {
    fileprivate var carriedTensors: [CarriedTensor] {
        [
            CarriedTensor(name: "embed.counts", integers: [count, window, start]),
            CarriedTensor(name: "embed.sums", values: .float64(sums)),
        ]
    }

    fileprivate mutating func restore(from carried: CarriedReader) throws(SnapshotError) {
        let counts = try carried.integers("embed.counts", count: 3)
        (count, window, start) = (counts[0], counts[1], counts[2])
        sums = try carried.doubles("embed.sums", count: sums.count)
    }
}

extension Scoring {
    fileprivate var carriedTensors: [CarriedTensor] {
        [
            CarriedTensor(name: "score.counts", integers: [scoredTokens]),
            CarriedTensor(name: "score.nll", values: .float64([negativeLogLikelihood])),
        ]
    }

    fileprivate mutating func restore(from carried: CarriedReader) throws(SnapshotError) {
        scoredTokens = try carried.integers("score.counts", count: 1)[0]
        negativeLogLikelihood = try carried.doubles("score.nll", count: 1)[0]
    }
}

extension Generation {
    private static let promptPrefix = "prompt."

    fileprivate var carriedTensors: [CarriedTensor] {
        let hasPrompt = prompt == nil ? 0 : 1
        let finish = sample?.finish.map { $0 == .stop ? 1 : 2 } ?? 0
        let numbers = [
            hasPrompt, prompt?.state.offset ?? 0, sample?.number ?? -1, sample?.count ?? 0, finish,
            sample?.keptBytes ?? -1, sample?.stop.byteCount ?? 0,
        ]
        var tensors = [
            CarriedTensor(name: "generate.counts", integers: numbers),
            CarriedTensor(name: "generate.seen", values: .uint8(isSeen.map { $0 ? 1 : 0 })),
            CarriedTensor(name: "generate.tail", values: .uint8(sample?.stop.tail ?? [])),
        ]
        if let scoring { tensors += scoring.carriedTensors }
        if let prompt {
            tensors.append(CarriedTensor(name: "prompt.last_hidden", values: .float32(prompt.lastHidden)))
            tensors.append(CarriedTensor(name: "prompt.seen", values: .uint8(prompt.isSeen.map { $0 ? 1 : 0 })))
            for tensor in prompt.state.tensors {
                tensors.append(
                    CarriedTensor(name: Self.promptPrefix + tensor.name, values: .float32(tensor.elements.array)))
            }
        }
        return tensors
    }

    fileprivate mutating func restore(from carried: CarriedReader, model: Model) throws(SnapshotError) {
        let numbers = try carried.integers("generate.counts", count: 7)
        isSeen = try carried.flags("generate.seen", count: isSeen.count)
        try scoring?.restore(from: carried)
        if numbers[2] >= 0 {
            var sample = Sample(number: numbers[2], stop: StopStrings(options.stop))
            sample.count = numbers[3]
            sample.finish = numbers[4] == 0 ? nil : numbers[4] == 1 ? .stop : .length
            sample.keptBytes = numbers[5] < 0 ? nil : numbers[5]
            sample.stop.byteCount = numbers[6]
            sample.stop.tail = try carried.bytes("generate.tail")
            self.sample = sample
        }
        guard numbers[0] != 0 else { return }
        var tensors: [StateTensor] = []
        for tensor in model.language.emptyState().tensors {
            let values = try carried.floats(Self.promptPrefix + tensor.name, count: tensor.elements.count)
            tensors.append(StateTensor(name: tensor.name, shape: tensor.shape, elements: FloatBuffer(values)))
        }
        let stored = Snapshot(tokenOffset: numbers[1], modelDigest: model.digest, state: tensors)
        prompt = Prompt(
            state: try model.language.state(from: stored),
            lastHidden: try carried.floats("prompt.last_hidden", count: model.hiddenSize),
            isSeen: try carried.flags("prompt.seen", count: isSeen.count))
    }
}
