internal import Jobs
internal import Kernels
internal import Mamba

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

    /// Takes in some of the workspace's rows, which follow those before.
    mutating func add(
        rows: Int, fromRow first: Int, of model: LanguageModel, in workspace: Workspace,
        into embeddings: inout [PassOutput.Embedding]
    ) {
        var row = 0
        while row < rows {
            let room = options.windowTokens.map { $0 - count } ?? rows
            let taken = min(room, rows - row)
            if options.pooling == .mean {
                model.arithmetic.add(workspace.hidden.view(fromRow: 1 + first + row), rows: taken, to: &sums)
            }
            row += taken
            count += taken
            if count == options.windowTokens {
                embeddings.append(finishWindow(last: workspace.hiddenRow(first + row - 1)))
            }
        }
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
