internal import Checkpoints

/// A reader of a snapshot's tensors that checks their types and lengths.
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

    /// The tensors of the document's state.
    func stateTensors(_ shape: ModelShape, offset: Int) throws(SnapshotError) -> [StateTensor] {
        try shape.stateTensors(of: snapshot.state, offset: offset)
    }

    /// The tensors of the state after the document's last token, from which further samples begin.
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

extension CarriedTensor {
    init(name: String, integers: [Int]) {
        self.init(name: name, values: .int64(integers.map(Int64.init)))
    }
}

extension ModelShape {
    /// The tensors of a state, in the order of the layers.
    ///
    /// - Parameters:
    ///   - tensors: the tensors in any order: one for each name and shape of a state.
    ///   - offset: the number of tokens in the state.
    /// - Throws: `SnapshotError` that names a tensor which is missing, has a wrong shape, or is left over.
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
    /// Whether all numbers are finite.
    var isFinite: Bool { tensors.allSatisfy(\.isFinite) && lastRow?.allSatisfy(\.isFinite) ?? true }
}
