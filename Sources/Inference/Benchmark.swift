internal import Jobs
internal import Kernels
internal import Mamba

/// Tokens per second of this machine for one model, beside the limits that follow from the machine's rates in the same run.
public struct Benchmark: Sendable {
    /// Lanes that compute side by side, each on its own documents.
    public var lanes: Int
    /// Tokens of a document that are read.
    public var promptTokens: Int
    /// Tokens that are generated after each document, one by one.
    public var generatedTokens: Int
    /// Documents that each lane decodes together, one measurement for each number.
    public var batches: [Int]
    /// Times that each measurement is made, all in turn; the median counts.
    public var repetitions: Int

    public init(
        lanes: Int = 1, promptTokens: Int = 2048, generatedTokens: Int = 32, batches: [Int] = [1, 8, 32],
        repetitions: Int = 3
    ) {
        precondition(lanes > 0 && promptTokens > 0 && generatedTokens > 0 && repetitions > 0, "nothing to measure")
        precondition(batches.allSatisfy { (1...LaneBatch<Int>.largest).contains($0) }, "batches of \(batches)")
        self.lanes = lanes
        self.promptTokens = promptTokens
        self.generatedTokens = generatedTokens
        self.batches = batches
        self.repetitions = repetitions
    }

    /// Tokens of a short document.
    public static let shortDocumentTokens = 50
    private static let shortDocumentsTogether = 16

    /// What was measured, of all lanes together; medians.
    public struct Rates: Sendable, Equatable, Codable {
        public var lanes: Int
        /// Of the factors of matrix products.
        public var dataType: String
        /// 10⁹ float operations per second of the product of 256 rows with the input projection's weights, which change from
        /// call to call as they do in the model.
        public var productGigaflops: Double
        /// 10⁹ bytes per second, read from memory.
        public var readGigabytes: Double
        /// 10⁹ exponentials per second, of numbers in the first-level cache.
        public var gigaexponentials: Double
        /// Reading, without the head (as embedding does).
        public var prefill: Rate
        /// Reading and scoring every token, with the head.
        public var scoring: Rate
        /// Reading documents of `shortDocumentTokens`, without the head.
        public var shortDocuments: Rate
        public var decode: [Decode]
    }

    /// Tokens per second.
    public struct Rate: Sendable, Equatable, Codable {
        public var tokensPerSecond: Double
        /// What the machine's rates would allow: the products, then the exponentials, or the bytes, if these take longer.
        public var limit: Double
        /// The part of the limit that was reached: the median of what each repetition reached of its own limit.
        public var fraction: Double
    }

    /// Generating, some documents of each lane at a time.
    public struct Decode: Sendable, Equatable, Codable {
        public var batch: Int
        public var rate: Rate
    }

    /// Measures a model.
    ///
    /// - Throws: `InferenceError` when its output is not finite.
    public func rates(of model: Model) async throws -> Rates {
        var samples: [Sample] = []
        let weights = model.language.arithmetic.projections(of: model)
        let memory = FloatBuffer(repeating: 1, count: 1 << 26)
        for _ in 0..<repetitions {
            var sample = Sample(
                products: try await timeProducts(weights, model), bytes: try await timeReads(memory, model),
                exponentials: try await timeExponentials(model))
            sample.tokens.append(try await timeReading(.embed(EmbedOptions()), model))
            sample.tokens.append(try await timeReading(.score(ScoreOptions()), model))
            sample.tokens.append(try await timeShortDocuments(model))
            for batch in batches { sample.tokens.append(try await timeGenerating(batch, model)) }
            samples.append(sample)
        }
        let shape = model.language.configuration
        let dataType = model.language.arithmetic.dataType
        func rate(_ place: Int, batch: Int?, includesHead: Bool) -> Rate {
            let cost = shape.tokenCost(includesHead: includesHead)
            let bytes = batch.map {
                cost.weights * (dataType == .float32 ? 4 : 2) / Double($0) + 2 * Double(shape.stateBytes)
            }
            let limits = samples.map { $0.limit(of: cost, bytes: bytes ?? 0) }
            let reached = samples.map { $0.tokens[place] }
            return Rate(
                tokensPerSecond: Self.median(reached), limit: Self.median(limits),
                fraction: Self.median(zip(reached, limits).map(/)))
        }
        return Rates(
            lanes: lanes, dataType: dataType.rawValue, productGigaflops: Self.median(samples.map(\.products)) / 1e9,
            readGigabytes: Self.median(samples.map(\.bytes)) / 1e9,
            gigaexponentials: Self.median(samples.map(\.exponentials)) / 1e9,
            prefill: rate(0, batch: nil, includesHead: false), scoring: rate(1, batch: nil, includesHead: true),
            shortDocuments: rate(2, batch: nil, includesHead: false),
            decode: batches.enumerated().map { place, batch in
                Decode(batch: batch, rate: rate(3 + place, batch: batch, includesHead: true))
            })
    }

    /// One repetition: operations, bytes, exponentials and tokens per second.
    private struct Sample {
        var products: Double
        var bytes: Double
        var exponentials: Double
        var tokens: [Double] = []

        /// Tokens per second that the machine's rates allow.
        func limit(of cost: ModelConfiguration.TokenCost, bytes read: Double) -> Double {
            1 / max(cost.flops / products + cost.exponentials / exponentials, read / bytes)
        }
    }

    /// Tokens per second.
    private func timeReading(_ task: Job.Task, _ model: Model) async throws -> Double {
        let tokens = Self.tokens(promptTokens, of: model)
        let seconds = try await longestLane {
            var pass = DocumentPass(model: model, task: task, documentID: "benchmark")
            let lane = Lane(model: model)
            // The first block touches the lane's memory.
            _ = try pass.read(Array(tokens.prefix(LanguageModel.blockTokens)), isLast: false, on: lane)
            return try Self.seconds { _ = try pass.read(tokens, isLast: true, on: lane) }
        }
        return Double(lanes * promptTokens) / seconds
    }

    /// Tokens per second of documents of `shortDocumentTokens`, which share passes over the weights.
    private func timeShortDocuments(_ model: Model) async throws -> Double {
        let tokens = Self.tokens(Self.shortDocumentTokens, of: model)
        let count = max(1, promptTokens / tokens.count)
        let seconds = try await longestLane {
            var batch = LaneBatch<Void>(lane: Lane(model: model))
            func read(documents: Int) throws {
                var (begun, ended) = (0, 0)
                while ended < documents {
                    while begun < documents, begun - ended < Self.shortDocumentsTogether {
                        let pass = DocumentPass(model: model, task: .embed(EmbedOptions()), documentID: "\(begun)")
                        batch.add(.read(tokens, isLast: true), on: pass, tag: ())
                        begun += 1
                    }
                    for finished in batch.turn() {
                        _ = try finished.output.get()
                        ended += 1
                    }
                }
            }
            // The first pass touches the lane's memory.
            try read(documents: 5)
            return try Self.seconds { try read(documents: count) }
        }
        return Double(lanes * count * tokens.count) / seconds
    }

    /// Tokens per second, each one chosen from its whole distribution.
    private func timeGenerating(_ documents: Int, _ model: Model) async throws -> Double {
        let tokens = Self.tokens(documents, of: model)
        let options = GenerateOptions(maxTokens: generatedTokens + 2, temperature: 0)
        let seconds = try await longestLane {
            let lane = Lane(model: model)
            var passes = try tokens.enumerated().map { number, token in
                var pass = DocumentPass(model: model, task: .generate(options), documentID: "\(number)")
                _ = try pass.read([token], isLast: true, on: lane)
                return pass
            }
            var batch = LaneBatch<Void>(lane: lane)
            func generate(atMost count: Int) throws -> Int {
                for pass in passes { batch.add(.generate(sample: 0, atMost: count), on: pass, tag: ()) }
                passes = []
                var made = 0
                while !batch.isEmpty {
                    for finished in batch.turn() {
                        if case .generated(let generated) = try finished.output.get() { made += generated.tokens.count }
                        passes.append(finished.pass)
                    }
                }
                return made
            }
            // The first turn touches the memory of all states.
            _ = try generate(atMost: 1)
            var made = 0
            let seconds = try Self.seconds { made = try generate(atMost: generatedTokens) }
            // Some may have come to the end of their text.
            return seconds * Double(documents * generatedTokens) / Double(max(made, 1))
        }
        return Double(lanes * documents * generatedTokens) / seconds
    }

    /// Float operations per second.
    private func timeProducts(_ weights: [LinearWeight], _ model: Model) async throws -> Double {
        let arithmetic = model.language.arithmetic
        let rows = LanguageModel.blockTokens
        let shape = (columns: weights[0].rows, inner: weights[0].columns)
        let flops = 2 * Double(rows * shape.columns * shape.inner)
        let calls = max(weights.count, Int(3e10 / flops))
        let seconds = try await longestLane {
            let input = Matrix(FloatBuffer(repeating: 1, count: rows * shape.inner), rows: rows, columns: shape.inner)
            var output = Matrix(rows: rows, columns: shape.columns)
            return Self.seconds {
                for call in 0..<calls {
                    arithmetic.multiply(
                        input.view(), rows: RowPieces(rows: rows), by: weights[call % weights.count], into: &output)
                }
            }
        }
        return Double(lanes * calls) * flops / seconds
    }

    /// Bytes per second.
    private func timeReads(_ memory: FloatBuffer, _ model: Model) async throws -> Double {
        let seconds = try await longestLane {
            Self.seconds { _ = model.language.arithmetic.sum(memory) }
        }
        return Double(lanes * memory.count * 4) / seconds
    }

    /// Exponentials per second.
    private func timeExponentials(_ model: Model) async throws -> Double {
        let calls = 200_000
        let count = 1024
        let seconds = try await longestLane {
            var values = FloatBuffer(repeating: 0.5, count: count)
            return Self.seconds { for _ in 0..<calls { model.language.arithmetic.decay(&values) } }
        }
        return Double(lanes * calls * count) / seconds
    }

    /// The time of the slowest lane, when all run at once.
    private func longestLane(_ work: @escaping @Sendable () throws -> Double) async throws -> Double {
        try await withThrowingTaskGroup(of: Double.self) { group in
            for _ in 0..<lanes { group.addTask { try work() } }
            return try await group.reduce(0, max)
        }
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(work)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    /// Tokens all over the vocabulary.
    private static func tokens(_ count: Int, of model: Model) -> [Int32] {
        (0..<count).map { Int32(($0 * 7919) % model.sampledVocabularySize) }
    }
}

extension Arithmetic {
    /// Weights of input projections, as many as no cache near a core holds.
    fileprivate func projections(of model: Model) -> [LinearWeight] {
        let shape = model.language.configuration
        let (columns, inner) = (shape.inputProjectionColumns, shape.hiddenSize)
        let weight = Matrix(FloatBuffer(repeating: 1, count: columns * inner), rows: columns, columns: inner)
        return (0..<max(1, (1 << 26) / (4 * columns * inner))).map { _ in linear(weight) }
    }
}
