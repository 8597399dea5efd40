internal import Jobs
internal import Kernels
internal import Mamba

/// Tokens per second of this machine for one model, beside the rate of its matrix products, measured in the same run.
public struct Benchmark: Sendable {
    /// Lanes that compute side by side, each on its own document.
    public var lanes: Int
    /// Tokens of a document that are read.
    public var promptTokens: Int
    /// Tokens that are generated after a document, one by one.
    public var generatedTokens: Int
    /// Times that each measurement is made; the median counts.
    public var repetitions: Int

    public init(lanes: Int = 1, promptTokens: Int = 2048, generatedTokens: Int = 32, repetitions: Int = 3) {
        precondition(lanes > 0 && promptTokens > 0 && generatedTokens > 0 && repetitions > 0, "nothing to measure")
        self.lanes = lanes
        self.promptTokens = promptTokens
        self.generatedTokens = generatedTokens
        self.repetitions = repetitions
    }

    /// What was measured; rates are of all lanes together.
    public struct Rates: Sendable, Equatable, Codable {
        public var lanes: Int
        /// Tokens read per second, without the head (as embedding does).
        public var prefillTokensPerSecond: Double
        /// Tokens read and scored per second, with the head.
        public var scoredTokensPerSecond: Double
        /// Tokens generated per second, one document a lane.
        public var decodeTokensPerSecond: Double
        /// 10⁹ float operations per second of the product of 256 rows with the input projection's weights, which change from
        /// call to call as they do in the model.
        public var projectionGigaflops: Double
        /// The same for 1,024 × 1,024 × 1,024.
        public var squareGigaflops: Double
        /// The part of prefill that its matrix products would take at `projectionGigaflops`.
        public var productShare: Double
    }

    /// Measures a model.
    ///
    /// - Throws: `InferenceError` when its output is not finite.
    public func rates(of model: Model) async throws -> Rates {
        let shape = model.language.configuration
        let projection = try await median {
            try await timeProducts(shape.inputProjectionColumns, inner: shape.hiddenSize, model)
        }
        let square = try await median { try await timeProducts(1024, rows: 1024, inner: 1024, model) }
        let prefill = try await median { try await timeReading(.embed(EmbedOptions()), model) }
        let scored = try await median { try await timeReading(.score(ScoreOptions()), model) }
        let decode = try await median { try await timeGenerating(model) }
        let flops = 2 * Double(shape.productWeights)
        return Rates(
            lanes: lanes, prefillTokensPerSecond: prefill, scoredTokensPerSecond: scored,
            decodeTokensPerSecond: decode, projectionGigaflops: projection, squareGigaflops: square,
            productShare: prefill * flops / (projection * 1e9))
    }

    /// Tokens per second.
    private func timeReading(_ task: Job.Task, _ model: Model) async throws -> Double {
        let tokens = Self.tokens(promptTokens, of: model)
        let seconds = try await longestLane { lane in
            var pass = DocumentPass(model: model, task: task, documentID: "benchmark")
            let lane = Lane(model: model)
            // The first block touches the lane's memory.
            _ = try pass.read(Array(tokens.prefix(LanguageModel.blockTokens)), isLast: false, on: lane)
            return try Self.seconds { _ = try pass.read(tokens, isLast: true, on: lane) }
        }
        return Double(lanes * promptTokens) / seconds
    }

    /// Tokens per second, each one chosen from its whole distribution; what is chosen does not change the work.
    private func timeGenerating(_ model: Model) async throws -> Double {
        let tokens = Self.tokens(generatedTokens, of: model)
        let seconds = try await longestLane { _ in
            let workspace = model.language.makeWorkspace()
            var state = model.language.emptyState()
            model.language.readBlock(tokens.prefix(1), from: &state, in: workspace)
            return Self.seconds {
                for token in tokens {
                    _ = model.language.distribution(after: workspace.hiddenRow(0), in: workspace)
                    model.language.readBlock([token], from: &state, in: workspace)
                }
            }
        }
        return Double(lanes * generatedTokens) / seconds
    }

    /// 10⁹ float operations per second.
    private func timeProducts(
        _ columns: Int, rows: Int = LanguageModel.blockTokens, inner: Int, _ model: Model
    ) async throws -> Double {
        let arithmetic = model.language.arithmetic
        // As many weights as no cache near a core holds, and calls for about 2 × 10¹⁰ operations.
        let count = max(1, (1 << 26) / (4 * columns * inner))
        let calls = max(count, Int(2e10) / (2 * rows * columns * inner))
        let grid = Arithmetic.weightGrid
        let spaced = (columns + grid - 1) / grid * grid
        let weights = arithmetic.linear(Self.matrix(rows: spaced * count, columns: inner))
        let seconds = try await longestLane { _ in
            let input = Self.matrix(rows: rows, columns: inner)
            var output = Matrix(rows: rows, columns: columns)
            return Self.seconds {
                for call in 0..<calls {
                    let first = call % count * spaced
                    arithmetic.multiply(
                        input.view(), rows: RowPieces(rows: rows), by: weights, weightRows: first..<first + columns,
                        into: &output)
                }
            }
        }
        return Double(lanes * calls) * 2 * Double(rows * columns * inner) / seconds / 1e9
    }

    private static func matrix(rows: Int, columns: Int) -> Matrix {
        var matrix = Matrix(rows: rows, columns: columns)
        matrix.elements.fill { Float($0 % 7) - 3 }
        return matrix
    }

    /// The time of the slowest lane, when all run at once.
    private func longestLane(_ work: @escaping @Sendable (Int) throws -> Double) async throws -> Double {
        try await withThrowingTaskGroup(of: Double.self) { group in
            for lane in 0..<lanes { group.addTask { try work(lane) } }
            return try await group.reduce(0, max)
        }
    }

    private func median(_ measure: () async throws -> Double) async throws -> Double {
        var values: [Double] = []
        for _ in 0..<repetitions { values.append(try await measure()) }
        return values.sorted()[values.count / 2]
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(work)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    /// Tokens all over the vocabulary.
    private static func tokens(_ count: Int, of model: Model) -> [Int32] {
        (0..<count).map { Int32(($0 * 7919) % model.sampledVocabularySize) }
    }
}
