internal import Bytes
public import Checkpoints
internal import Crypto
public import Jobs

extension DocumentPass {
    /// The whole state of the pass, as a safetensors file with a checksum: see `Snapshot`.
    ///
    /// Its metadata holds the token offset, the model's digest, the data type and the task.
    public func snapshot() -> [UInt8] {
        let (state, prompt) = (state.exported(), readout.promptState?.exported())
        return Snapshot(
            tokenOffset: tokenCount, modelDigest: model.digest, state: state.tensors,
            promptState: prompt?.tensors ?? [], carried: carriedTensors(state, prompt),
            metadata: [Self.taskKey: task.name, Self.dataTypeKey: model.engine.dataType.snapshotName]
        ).encoded(checksum: Self.checksum)
    }

    /// A pass that goes on from a snapshot, bit for bit on a machine of equal profile.
    ///
    /// - Parameters:
    ///   - model, task, documentID: the values of the pass that wrote the snapshot.
    /// - Throws: `SnapshotError` if the bytes were changed, belong to another model, data type or task, or could not
    ///   come from a pass.
    public init(
        restoring snapshot: [UInt8], model: Model, task: Job.Task, documentID: String
    ) throws(SnapshotError) {
        let carried = try CarriedPass(snapshot, of: SnapshotOrigin(model, task))
        self.init(model: model, task: task, documentID: documentID)
        (tokenCount, isComplete) = (carried.tokenCount, carried.isComplete)
        state = StateSlot(try model.engine.makeState(carried.state))
        (waiting, readout) = (carried.waiting, carried.readout)
        try readout.load(on: model.engine)
    }

    static let taskKey = "longscan.task"
    static let dataTypeKey = "longscan.data_type"

    private func carriedTensors(_ state: ExportedState, _ prompt: ExportedState?) -> [CarriedTensor] {
        let counts = [isComplete ? 1 : 0, state.offset, state.lastRow == nil ? 0 : 1]
        var tensors = [
            CarriedTensor(name: "pass.counts", integers: counts),
            CarriedTensor(name: "pass.waiting", values: .int32(waiting)),
        ]
        if let row = state.lastRow { tensors.append(CarriedTensor(name: "pass.last_hidden", values: .float32(row))) }
        return tensors + readout.carried(with: prompt)
    }

    static func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: header)
        // The data is hashed in pieces, because a slice of an array is copied to be hashed.
        for start in stride(from: data.startIndex, to: data.endIndex, by: 1 << 20) {
            hash.update(data: Array(data[start..<min(start + 1 << 20, data.endIndex)]))
        }
        return "sha256:" + Hexadecimal.text(of: hash.finalize())
    }
}
