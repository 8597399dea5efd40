internal import Crypto
public import Jobs
public import Mamba

extension DocumentPass {
    /// Everything that the pass carries, as the bytes of a safetensors file with a checksum: see `Snapshot`.
    ///
    /// Its metadata holds the token offset, the model's digest, the data type and the task.
    public func snapshot() -> [UInt8] {
        let (state, prompt) = (state.exported(), promptState?.exported())
        return Snapshot(
            tokenOffset: tokenCount, modelDigest: model.digest, state: state.tensors,
            promptState: prompt?.tensors ?? [], carried: carriedTensors(state, prompt),
            metadata: [Self.taskKey: task.name, Self.dataTypeKey: model.engine.dataType.snapshotName]
        ).encoded(checksum: Self.checksum)
    }

    /// A pass that goes on where the one that wrote `snapshot` was, bit for bit on a machine of equal profile.
    ///
    /// - Parameters:
    ///   - model, task, documentID: those of the pass that wrote it.
    /// - Throws: `SnapshotError` when the bytes were changed, belong to another model, data type or task, or are not
    ///   what a pass would have written.
    public init(
        restoring snapshot: [UInt8], model: Model, task: Job.Task, documentID: String
    ) throws(SnapshotError) {
        let carried = try CarriedPass(snapshot, of: SnapshotOrigin(model, task))
        self.init(model: model, task: task, documentID: documentID)
        (tokenCount, isComplete) = (carried.tokenCount, carried.isComplete)
        state = StateSlot(try model.engine.makeState(carried.state))
        (waiting, carry) = (carried.waiting, carried.carry)
        if case .generate(var generation) = carry, let prompt = carried.prompt {
            generation.prompt = .init(
                state: StateSlot(try model.engine.makeState(prompt.state)), isSeen: prompt.isSeen)
            carry = .generate(generation)
        }
    }

    static let taskKey = "longscan.task"
    static let dataTypeKey = "longscan.data_type"

    private var promptState: StateSlot? {
        if case .generate(let generation) = carry { generation.prompt?.state } else { nil }
    }

    private func carriedTensors(_ state: ExportedState, _ prompt: ExportedState?) -> [CarriedTensor] {
        let counts = [isComplete ? 1 : 0, state.offset, state.lastRow == nil ? 0 : 1]
        var tensors = [
            CarriedTensor(name: "pass.counts", integers: counts),
            CarriedTensor(name: "pass.waiting", values: .int32(waiting)),
        ]
        if let row = state.lastRow { tensors.append(CarriedTensor(name: "pass.last_hidden", values: .float32(row))) }
        switch carry {
        case .embed(let pooling): tensors += pooling.carriedTensors
        case .score(let scoring): tensors += scoring.carriedTensors
        case .generate(let generation): tensors += generation.carriedTensors(prompt)
        }
        return tensors
    }

    static func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
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

extension Pooling {
    fileprivate var carriedTensors: [CarriedTensor] {
        [
            CarriedTensor(name: "embed.counts", integers: [count, window, start]),
            CarriedTensor(name: "embed.sums", values: .float64(sums)),
        ]
    }
}

extension Scoring {
    fileprivate var carriedTensors: [CarriedTensor] {
        [
            CarriedTensor(name: "score.counts", integers: [scoredTokens]),
            CarriedTensor(name: "score.nll", values: .float64([negativeLogLikelihood])),
        ]
    }
}

extension Generation {
    fileprivate func carriedTensors(_ promptState: ExportedState?) -> [CarriedTensor] {
        let hasPrompt = prompt == nil ? 0 : 1
        let finish = sample?.finish.map { $0 == .stop ? 1 : 2 } ?? 0
        let numbers = [
            hasPrompt, promptState?.offset ?? 0, sample?.number ?? -1, sample?.count ?? 0, finish,
            sample?.keptBytes ?? -1, sample?.stop.byteCount ?? 0,
        ]
        var tensors = [
            CarriedTensor(name: "generate.counts", integers: numbers),
            CarriedTensor(name: "generate.seen", values: .uint8(isSeen.map { $0 ? 1 : 0 })),
            CarriedTensor(name: "generate.tail", values: .uint8(sample?.stop.tail ?? [])),
        ]
        if let scoring { tensors += scoring.carriedTensors }
        if let prompt {
            tensors.append(CarriedTensor(name: "prompt.last_hidden", values: .float32(promptState?.lastRow ?? [])))
            tensors.append(CarriedTensor(name: "prompt.seen", values: .uint8(prompt.isSeen.map { $0 ? 1 : 0 })))
        }
        return tensors
    }
}
