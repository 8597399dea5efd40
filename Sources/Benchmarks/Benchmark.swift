internal import Checkpoints
internal import Inference
internal import Jobs
internal import Kernels
internal import Mamba
public import Passes

/// Tokens per second of this machine for one model, and the limits that follow from the machine's rates in the same
/// run.
public struct Benchmark: Sendable {
    /// The number of lanes that compute side by side, each on its own documents.
    public var lanes: Int
    /// The number of tokens that are read of a document.
    public var promptTokens: Int
    /// The number of tokens that are generated after each document, one by one.
    public var generatedTokens: Int
    /// The numbers of documents that each lane decodes together. Each number gives one measurement.
    public var batches: [Int]
    /// The number of repetitions of each measurement. All measurements take turns; the median counts.
    public var repetitions: Int
    private let runLanes: LaneRunner

    /// A lane's part of a measurement: it prepares, waits for all other lanes, and works.
    /// - Returns: the amount of its work.
    public typealias LaneBody = @Sendable (_ awaitStart: () throws -> Void) throws -> Double

    /// Runs this many lanes side by side, each on a thread of the operating system.
    /// - Returns: the work of all lanes, and the seconds from their common start to the end of the last.
    public typealias LaneRunner = @Sendable (_ lanes: Int, @escaping LaneBody) throws -> (work: Double, seconds: Double)

    public init(
        lanes: Int = 1, promptTokens: Int = 2048, generatedTokens: Int = 32, batches: [Int] = [1, 8, 32],
        repetitions: Int = 3, runLanes: @escaping LaneRunner
    ) {
        precondition(lanes > 0 && promptTokens > 0 && generatedTokens > 0 && repetitions > 0, "nothing to measure")
        precondition(
            batches.allSatisfy { (1...CPUDevice().capacity.documentsPerPass).contains($0) }, "batches of \(batches)")
        self.lanes = lanes
        self.promptTokens = promptTokens
        self.generatedTokens = generatedTokens
        self.batches = batches
        self.repetitions = repetitions
        self.runLanes = runLanes
    }

    /// The number of tokens of a short document.
    public static let shortDocumentTokens = 50
    private static let shortDocumentsTogether = 16

    /// The measured rates of all lanes together, as medians.
    public struct Rates: Sendable, Equatable, Codable {
        public var lanes: Int
        /// The data type of the factors of matrix products.
        public var dataType: String
        /// The provider of matrix products.
        public var product: String
        /// The rate of the matrix product in 10⁹ float operations per second: 256 rows by the weights of input
        /// projections. As in the model, the weights change from call to call.
        public var productGigaflops: Double
        /// The rate of reading memory in 10⁹ bytes per second.
        public var readGigabytes: Double
        /// The rate of exponentials in 10⁹ per second, for numbers in the first-level cache.
        public var gigaexponentials: Double
        /// The rate of reading without the head, as for embedding.
        public var prefill: Rate
        /// The rate of reading and scoring every token, with the head.
        public var scoring: Rate
        /// The rate of reading documents of `shortDocumentTokens`, without the head.
        public var shortDocuments: Rate
        public var decode: [Decode]
    }

    /// A rate in tokens per second.
    public struct Rate: Sendable, Equatable, Codable {
        public var tokensPerSecond: Double
        /// The limit that the machine's rates allow: the time of the products and the exponentials, or of reading the
        /// bytes if that is longer.
        public var limit: Double
        /// The reached part of the limit: the median over the repetitions, each with its own limit.
        public var fraction: Double
    }

    /// The rate of generating, with some documents of each lane at a time.
    public struct Decode: Sendable, Equatable, Codable {
        public var batch: Int
        public var rate: Rate
    }

    /// Measures a model, or the same model with several product providers in turn.
    ///
    /// - Returns: the rates of each model, in the order of `models`.
    /// - Throws: `InferenceError` when an output is not finite.
    public func rates(of models: [Model]) throws -> [Rates] {
        var samples = models.map { _ in [Sample]() }
        let weights = models.map { $0.language.arithmetic.projections(of: $0) }
        let memory = FloatBuffer(repeating: 1, count: 1 << 26)
        for _ in 0..<repetitions {
            var sums = models.map { _ in Sample() }
            // Each measurement goes round all models before the next one. So the models share the changes of the
            // machine's speed.
            for (index, model) in models.enumerated() {
                sums[index].products = try timeProducts(weights[index], model)
                sums[index].bytes = try timeReads(memory, model)
                sums[index].exponentials = try timeExponentials(model)
            }
            for (index, model) in models.enumerated() {
                sums[index].tokens.append(try timeReading(.embed(EmbedOptions()), model))
            }
            for (index, model) in models.enumerated() {
                sums[index].tokens.append(try timeReading(.score(ScoreOptions()), model))
            }
            for (index, model) in models.enumerated() {
                sums[index].tokens.append(try timeShortDocuments(model))
            }
            for batch in batches {
                for (index, model) in models.enumerated() {
                    sums[index].tokens.append(try timeGenerating(batch, model))
                }
            }
            for index in models.indices { samples[index].append(sums[index]) }
        }
        return zip(models, samples).map(rates)
    }

    private func rates(of model: Model, from samples: [Sample]) -> Rates {
        let shape = model.language.configuration
        let dataType = model.language.arithmetic.dataType
        func rate(_ place: Int, batch: Int?, includesHead: Bool) -> Rate {
            let cost = shape.tokenCost(includesHead: includesHead)
            let bytes = batch.map {
                cost.weights * (dataType == .float32 ? 4 : 2) / Double($0) + 2
                    * Double(shape.stateBytes(afterTokens: generatedTokens))
            }
            let limits = samples.map { $0.limit(of: cost, bytes: bytes ?? 0) }
            let reached = samples.map { $0.tokens[place] }
            return Rate(
                tokensPerSecond: Self.median(reached), limit: Self.median(limits),
                fraction: Self.median(zip(reached, limits).map(/)))
        }
        return Rates(
            lanes: lanes, dataType: dataType.rawValue, product: model.language.arithmetic.product.rawValue,
            productGigaflops: Self.median(samples.map(\.products)) / 1e9,
            readGigabytes: Self.median(samples.map(\.bytes)) / 1e9,
            gigaexponentials: Self.median(samples.map(\.exponentials)) / 1e9,
            prefill: rate(0, batch: nil, includesHead: false), scoring: rate(1, batch: nil, includesHead: true),
            shortDocuments: rate(2, batch: nil, includesHead: false),
            decode: batches.enumerated().map { place, batch in
                Decode(batch: batch, rate: rate(3 + place, batch: batch, includesHead: true))
            })
    }

    /// The rates of one repetition: operations, bytes, exponentials and tokens per second.
    private struct Sample {
        var products = 0.0
        var bytes = 0.0
        var exponentials = 0.0
        var tokens: [Double] = []

        /// The limit in tokens per second that the machine's rates allow.
        func limit(of cost: ModelConfiguration.TokenCost, bytes read: Double) -> Double {
            1 / max(cost.flops / products + cost.exponentials / exponentials, read / bytes)
        }
    }

    /// The rate of reading in tokens per second.
    private func timeReading(_ task: Job.Task, _ model: Model) throws -> Double {
        let tokens = Self.tokens(promptTokens, of: model)
        return try rate { awaitStart in
            var pass = DocumentPass(model: model, task: task, documentID: "benchmark")
            let lane = Lane(model: model)
            // The first block touches the lane's memory.
            _ = try pass.read(Array(tokens.prefix(LanguageModel.blockTokens)), isLast: false, on: lane)
            try awaitStart()
            _ = try pass.read(tokens, isLast: true, on: lane)
            return Double(tokens.count)
        }
    }

    /// The rate of reading documents of `shortDocumentTokens` in tokens per second. The documents share passes over the
    /// weights.
    private func timeShortDocuments(_ model: Model) throws -> Double {
        let tokens = Self.tokens(Self.shortDocumentTokens, of: model)
        let count = max(1, promptTokens / tokens.count)
        return try rate { awaitStart in
            var batch = LaneBatch<Void>(lane: Lane(model: model))
            func read(documents: Int) throws {
                var (begun, ended) = (0, 0)
                while ended < documents {
                    while begun < documents, begun - ended < Self.shortDocumentsTogether {
                        let pass = DocumentPass(model: model, task: .embed(EmbedOptions()), documentID: "\(begun)")
                        batch.add(.read(tokens: tokens, isLast: true), on: pass, tag: ())
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
            try awaitStart()
            try read(documents: count)
            return Double(count * tokens.count)
        }
    }

    /// The rate of generating in tokens per second. Each token is chosen among all tokens.
    private func timeGenerating(_ documents: Int, _ model: Model) throws -> Double {
        let tokens = Self.tokens(documents, of: model)
        let options = GenerateOptions(maxTokens: generatedTokens + 2, temperature: 0)
        return try rate { awaitStart in
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
                        made += try finished.output.get().generated?.tokens.count ?? 0
                        passes.append(finished.pass)
                    }
                }
                return made
            }
            // The first turn touches the memory of all states.
            _ = try generate(atMost: 1)
            try awaitStart()
            // A document may end early with an end-of-text token.
            return Double(try generate(atMost: generatedTokens))
        }
    }

    /// The rate of products in float operations per second.
    private func timeProducts(_ weights: [LinearWeight], _ model: Model) throws -> Double {
        let arithmetic = model.language.arithmetic
        let rows = LanguageModel.blockTokens
        let shape = (columns: weights[0].rows, inner: weights[0].columns)
        let flops = 2 * Double(rows * shape.columns * shape.inner)
        let calls = max(weights.count, Int(3e10 / flops))
        return try rate { awaitStart in
            let input = Matrix(FloatBuffer(repeating: 1, count: rows * shape.inner), rows: rows, columns: shape.inner)
            var output = Matrix(rows: rows, columns: shape.columns)
            try awaitStart()
            for call in 0..<calls {
                arithmetic.multiply(
                    input.view(), rows: RowPieces(rows: rows), by: weights[call % weights.count], into: &output)
            }
            return Double(calls) * flops
        }
    }

    /// The rate of reading memory in bytes per second.
    private func timeReads(_ memory: FloatBuffer, _ model: Model) throws -> Double {
        try rate { awaitStart in
            try awaitStart()
            _ = model.language.arithmetic.sum(memory)
            return Double(memory.count * 4)
        }
    }

    /// The rate of exponentials per second.
    private func timeExponentials(_ model: Model) throws -> Double {
        let calls = 200_000
        let count = 1024
        return try rate { awaitStart in
            var values = FloatBuffer(repeating: 0.5, count: count)
            try awaitStart()
            for _ in 0..<calls { model.language.arithmetic.decay(&values) }
            return Double(calls * count)
        }
    }

    /// The work of all lanes per second.
    private func rate(_ body: @escaping LaneBody) throws -> Double {
        let (work, seconds) = try runLanes(lanes, body)
        return work / seconds
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Tokens from all of the vocabulary.
    private static func tokens(_ count: Int, of model: Model) -> [Int32] {
        (0..<count).map { Int32(($0 * 7919) % model.sampledVocabularySize) }
    }
}

extension Model {
    /// The model of the CPU's engine, because the limits are those of the CPU.
    fileprivate var language: LanguageModel {
        guard let engine = engine as? CPUEngine else { preconditionFailure("a benchmark of another device") }
        return engine.language
    }
}

extension Arithmetic {
    /// Weights of input projections, too many for the caches near a core.
    fileprivate func projections(of model: Model) -> [LinearWeight] {
        let shape = model.language.configuration
        let (columns, inner) = (shape.inputProjectionColumns, shape.hiddenSize)
        let weight = Matrix(FloatBuffer(repeating: 1, count: columns * inner), rows: columns, columns: inner)
        return (0..<max(1, (1 << 26) / (4 * columns * inner))).map { _ in linear(weight) }
    }
}
