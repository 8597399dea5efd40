internal import Checkpoints
internal import Jobs

/// The contents of a snapshot, checked: it may come from anybody.
///
/// Nearly all counts follow from the number of tokens that were read. If they do not, the snapshot is invalid.
struct CarriedPass {
    let state: ExportedState
    private(set) var waiting: [Int32]
    let tokenCount: Int
    let isComplete: Bool
    private(set) var readout: any Readout

    /// The token count that no document reaches: sums of a few such counts do not overflow.
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
            offset: counts[1], tensors: try reader.stateTensors(origin.shape, offset: counts[1]),
            lastRow: counts[2] != 0 ? try reader.floats("pass.last_hidden", count: origin.shape.hiddenSize) : nil)
        readout = origin.task.readout(of: origin.shape, sampledVocabularySize: origin.sampledVocabularySize)
        try checkCounts(origin, areFlags: [counts[0], counts[2]].allSatisfy((0...1).contains))
        let stand = PassStand(tokens: tokenCount, next: nextPosition, isComplete: isComplete, offset: state.offset)
        try readout.restore(from: &reader, at: stand, of: origin.shape)
        try reader.requireNothingLeft()
        guard state.isFinite else {
            throw SnapshotError.malformed(reason: "its state holds a number that is not finite")
        }
    }

    var position: SnapshotOrigin.Position {
        .init(tokens: tokenCount, isComplete: isComplete, sample: readout.sample)
    }

    /// The position of the next token that runs.
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

    /// - Throws: `SnapshotError.malformed` if the counts of the pass contradict each other.
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
        let windows = origin.task.stateWindows
        let read = windows.offset(of: nextPosition)
        // Tokens wait until their block or their window is full.
        let room = windows.room(at: nextPosition)
        try require(waiting.count < room, "\(waiting.count) tokens wait where \(room) run")
        if !(readout.movesOnAtTheEnd && isComplete) {
            try require(state.offset == read, "its state is of \(state.offset) tokens where \(read) were read")
        }
        try require((state.lastRow != nil) == (state.offset > 0), "its last row is missing, or of no token")
    }
}
