internal import Checkpoints
internal import Jobs

/// The readout for embeddings: the mean or the last row of each window or of the whole document.
///
/// Windows may end anywhere; they do not move the blocks of the arithmetic.
struct EmbeddingReadout: Readout {
    let options: EmbedOptions
    /// The sum of the window's rows so far, in float64. Rows are added one by one, so the cuts of blocks do not matter.
    var sums: [Double]
    /// The number of rows in the sum.
    var count = 0
    /// The number of the window.
    var window = 0
    /// The window's first token.
    var start = 0

    init(_ options: EmbedOptions, width: Int) {
        precondition(options.windowTokens.map { $0 > 0 } ?? true, "a window without tokens")
        self.options = options
        sums = Array(repeating: 0, count: width)
    }

    // MARK: - Reading

    func wanted(of count: Int) -> Piece.Wanted {
        let ends = windowEnds(in: count)
        return switch options.pooling {
        case .mean: .sums(RowSums(running: sums, ends: ends))
        case .last: ends.isEmpty ? .nothing : .rows(ends.map { $0 - 1 })
        }
    }

    /// The row counts, among the next `rows`, after which a window is full.
    private func windowEnds(in rows: Int) -> [Int] {
        let next = start + count
        return options.windows.ending(in: next..<next + rows, isLast: false).map { $0.tokens.upperBound - next }
    }

    mutating func take(_ output: PieceOutput, of tokens: ArraySlice<Int32>, into result: inout StepOutput) {
        var added = 0
        for (window, end) in windowEnds(in: tokens.count).enumerated() {
            count += end - added
            added = end
            if options.pooling == .mean { sums = output.sums[window] }
            result.embeddings.append(embedding(last: options.pooling == .last ? output.rows[window] : []))
            beginWindow()
        }
        count += tokens.count - added
        if let running = output.sums.last { sums = running }
    }

    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot) {
        // If the count is 0, the last window was full.
        guard isLast, count > 0 else { return }
        output.embeddings.append(embedding(last: options.pooling == .last ? state.lastRow ?? [] : []))
    }

    private mutating func beginWindow() {
        for index in sums.indices { sums[index] = 0 }
        window += 1
        start += count
        count = 0
    }

    /// - Parameter last: the row of the window's last token, if that is the embedding.
    private func embedding(last: [Float]) -> StepOutput.Embedding {
        StepOutput.Embedding(window: window, tokens: start..<start + count, vector: vector(last: last))
    }

    private func vector(last: [Float]) -> [Float] {
        let pooled: [Double] =
            switch options.pooling {
            case .mean: sums.map { $0 / Double(count) }
            case .last: last.map(Double.init)
            }
        guard options.normalize else { return pooled.map { Float($0) } }
        let length = pooled.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A row of zeros has no direction and stays as it is.
        return pooled.map { Float(length > 0 ? $0 / length : $0) }
    }

    // MARK: - Snapshots

    func carried(with prompt: ExportedState?) -> [CarriedTensor] {
        [
            CarriedTensor(name: "embed.counts", integers: [count, window, start]),
            CarriedTensor(name: "embed.sums", values: .float64(sums)),
        ]
    }

    mutating func restore(
        from reader: inout CarriedReader, at stand: PassStand, of shape: ModelShape
    ) throws(SnapshotError) {
        let counts = try reader.integers("embed.counts", count: 3)
        window = options.windows.number(of: stand.next)
        count = options.windows.offset(of: stand.next)
        start = stand.next - count
        guard counts == [count, window, start] else {
            throw SnapshotError.malformed(
                reason:
                    "after \(stand.next) tokens it has \(counts[0]) rows in window \(counts[1]) from \(counts[2]) on")
        }
        sums = try reader.doubles("embed.sums", count: sums.count)
        guard sums.allSatisfy(\.isFinite) else {
            throw SnapshotError.malformed(reason: "its sums hold a number that is not finite")
        }
    }
}
