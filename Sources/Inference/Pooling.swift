internal import Jobs

/// Hidden rows on their way to embeddings: the mean or the last row of a window or of the whole document.
///
/// Windows are cut anywhere; the blocks of the arithmetic are not moved by them.
struct Pooling: Sendable, Equatable {
    let options: EmbedOptions
    /// Sum of the window's rows so far, in float64, added row by row: the same however rows are cut into blocks.
    var sums: [Double]
    /// Rows in the sum.
    var count = 0
    /// Number of the window.
    var window = 0
    /// The window's first token.
    var start = 0

    init(_ options: EmbedOptions, width: Int) {
        precondition(options.windowTokens.map { $0 > 0 } ?? true, "a window without tokens")
        self.options = options
        sums = Array(repeating: 0, count: width)
    }

    /// What the next rows are read for.
    func wanted(of rows: Int) -> Piece.Wanted {
        let ends = windowEnds(in: rows)
        return switch options.pooling {
        case .mean: .sums(RowSums(running: sums, ends: ends))
        case .last: ends.isEmpty ? .nothing : .rows(ends.map { $0 - 1 })
        }
    }

    /// Numbers of rows, of so many that come next, after which a window is full.
    private func windowEnds(in rows: Int) -> [Int] {
        options.windowTokens.map { Array(stride(from: $0 - count, through: rows, by: $0)) } ?? []
    }

    /// Takes in what the next rows gave.
    mutating func add(_ output: PieceOutput, rows: Int, into embeddings: inout [PassOutput.Embedding]) {
        var added = 0
        for (window, end) in windowEnds(in: rows).enumerated() {
            count += end - added
            added = end
            switch options.pooling {
            case .mean: sums = output.sums[window]
            case .last: break
            }
            embeddings.append(finishWindow(last: options.pooling == .last ? output.rows[window] : []))
        }
        count += rows - added
        if let running = output.sums.last { sums = running }
    }

    /// The document's embedding, or that of its last, shorter window; `nil` if the last window was full.
    func rest(last: [Float]?) -> PassOutput.Embedding? {
        guard count > 0, let last else { return nil }
        return PassOutput.Embedding(window: window, tokens: start..<start + count, vector: vector(last: last))
    }

    private mutating func finishWindow(last: [Float]) -> PassOutput.Embedding {
        let embedding = PassOutput.Embedding(
            window: window, tokens: start..<start + count, vector: vector(last: last))
        for index in sums.indices { sums[index] = 0 }
        window += 1
        start += count
        count = 0
        return embedding
    }

    private func vector(last: [Float]) -> [Float] {
        let pooled: [Double] =
            switch options.pooling {
            case .mean: sums.map { $0 / Double(count) }
            case .last: last.map(Double.init)
            }
        guard options.normalize else { return pooled.map { Float($0) } }
        let length = pooled.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // A row of zeros has no direction and stays.
        return pooled.map { Float(length > 0 ? $0 / length : $0) }
    }
}
