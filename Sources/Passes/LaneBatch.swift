public import Jobs

/// The batch of a lane: several documents that share each pass over the weights.
///
/// Each turn generates one token for every document that generates, and reads up to a block of tokens of documents that
/// are read, in the order in which they came. So neither waits for the other to end, and documents join and leave
/// between turns. Each document gets the same bits as alone.
///
/// The caller identifies each piece of work by a `Tag`.
public struct LaneBatch<Tag> {
    /// A piece of work that has ended.
    public struct Finished {
        public var tag: Tag
        /// The pass, which cannot be used if the work failed.
        public var pass: DocumentPass
        public var output: Result<StepOutput, InferenceError>
    }

    fileprivate struct Entry<Run> {
        let tag: Tag
        var pass: DocumentPass
        var run: Run
    }

    public let lane: Lane
    private var reading: [Entry<ReadingRun>] = []
    private var generating: [Entry<GenerationRun>] = []
    private var finished: [Finished] = []

    public init(lane: Lane) {
        self.lane = lane
    }

    /// Whether the batch has no work.
    public var isEmpty: Bool { reading.isEmpty && generating.isEmpty && finished.isEmpty }

    /// Adds work. A later turn returns it when it has ended.
    ///
    /// - Parameter pass: a pass of this lane's model.
    public mutating func add(_ work: Work, on pass: consuming DocumentPass, tag: Tag) {
        let largest = lane.model.engine.capacity.documentsPerPass
        precondition(reading.count + generating.count < largest, "a batch of more than \(largest) documents")
        do throws(InferenceError) {
            switch work {
            case .read(let tokens, let isLast):
                let run = try pass.startReading(tokens, isLast: isLast, on: lane)
                reading.append(Entry(tag: tag, pass: pass, run: run))
            case .generate(let sample, let count):
                let run = try pass.startRun(sample: sample, atMost: count, on: lane)
                generating.append(Entry(tag: tag, pass: pass, run: run))
            }
        } catch {
            finished.append(Finished(tag: tag, pass: pass, output: .failure(error)))
        }
    }

    /// Ends all generations after their present tokens. A generation without a token gets one first.
    public mutating func cutGenerations() {
        for index in generating.indices { generating[index].run.cut() }
    }

    /// Does one turn.
    ///
    /// - Returns: the work that has ended in this turn.
    public mutating func turn() -> [Finished] {
        generateTokens()
        readPieces()
        defer { finished = [] }
        return finished
    }

    // MARK: - Generating

    private mutating func generateTokens() {
        endGenerations { !$0.wantsMore }
        guard !generating.isEmpty else { return }
        var next: [(index: Int, token: Int32)] = []
        var failed: [(index: Int, error: InferenceError)] = []
        let chosen = lane.engine.nextTokens(generating.map { $0.run.choice(after: $0.pass.state) })
        for (index, chosen) in chosen.enumerated() {
            do throws(InferenceError) {
                if let token = try generating[index].take(chosen) { next.append((index, token)) }
            } catch {
                failed.append((index, error))
            }
        }
        let pieces = next.map { Piece([$0.token], from: generating[$0.index].pass.state.own()) }
        for ((index, _), output) in zip(next, pieces.isEmpty ? [] : lane.engine.read(pieces)) {
            do throws(InferenceError) {
                try generating[index].pass.take(output, on: lane)
            } catch {
                failed.append((index, error))
            }
        }
        for (index, error) in failed.sorted(by: { $0.index > $1.index }) {
            let entry = generating.remove(at: index)
            finished.append(Finished(tag: entry.tag, pass: entry.pass, output: .failure(error)))
        }
        endGenerations { !$0.wantsMore }
    }

    private mutating func endGenerations(_ isOver: (GenerationRun) -> Bool) {
        for index in generating.indices where isOver(generating[index].run) {
            let generated = generating[index].pass.end(generating[index].run)
            let entry = generating[index]
            finished.append(
                Finished(tag: entry.tag, pass: entry.pass, output: .success(StepOutput(generated: generated))))
        }
        generating.removeAll { isOver($0.run) }
    }

    // MARK: - Reading

    private mutating func readPieces() {
        endReadings()
        var places: [Int] = []
        var pieces: [Piece] = []
        var room = lane.model.engine.capacity.rowsPerPass
        for index in reading.indices where room > 0 {
            guard let tokens = reading[index].pass.piece(of: reading[index].run, atMost: room) else { continue }
            places.append(index)
            pieces.append(reading[index].pass.prepared(tokens))
            room -= tokens.count
        }
        guard !pieces.isEmpty else { return }
        var failed: [Int] = []
        for ((index, piece), output) in zip(zip(places, pieces), lane.engine.read(pieces)) {
            do throws(InferenceError) {
                try reading[index].take(output, of: piece.tokens, on: lane)
            } catch {
                let entry = reading[index]
                finished.append(Finished(tag: entry.tag, pass: entry.pass, output: .failure(error)))
                failed.append(index)
            }
        }
        for index in failed.reversed() { reading.remove(at: index) }
        endReadings()
    }

    private mutating func endReadings() {
        reading.removeAll { entry in
            guard entry.pass.isOver(entry.run) else { return false }
            var pass = entry.pass
            let output = pass.end(entry.run)
            finished.append(Finished(tag: entry.tag, pass: pass, output: .success(output)))
            return true
        }
    }
}

extension LaneBatch.Entry where Run == GenerationRun {
    fileprivate mutating func take(_ chosen: ChosenToken?) throws(InferenceError) -> Int32? {
        try pass.take(chosen, into: &run)
    }
}

extension LaneBatch.Entry where Run == ReadingRun {
    fileprivate mutating func take(
        _ output: PieceOutput, of tokens: ArraySlice<Int32>, on lane: Lane
    ) throws(InferenceError) {
        try pass.take(output, of: tokens, on: lane, into: &run)
    }
}
