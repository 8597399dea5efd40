import Benchmarks
import Checkpoints
import Inference
import Jobs
import Kernels
import Mamba
import ModelFiles
import Passes
import Testing

@Suite struct ModelTests {
    @Test(arguments: Documents.demoNames)
    func aDirectoryIsOpened(name: String) throws {
        let model = try Documents.demoModel(name)
        #expect(model.digest.hasPrefix("sha256:"))
        #expect(model.digest.count == 7 + 64)
        #expect(try Documents.demoModel(name).digest == model.digest)
        #expect(model.endOfText == [0])
        #expect(model.vocabularySize == 4096)
        #expect(model.hiddenSize == 256)
        #expect(model.profile.hasSuffix(", float32"))
    }

    @Test func bytesOfTokensAreTheSameWheneverTheTokenizerIsRead() throws {
        let directory = Documents.demoDirectory(Documents.demoNames[0])
        let read = try ModelFiles(directory: directory)
        let deferred = try ModelFiles(directory: directory, readsTokenizer: false)
        #expect(read.tokenizer != nil && deferred.tokenizer == nil && deferred.digest == read.digest)
        #expect(deferred.tokenBytes?.vocabularySize == 4096)
        for id in Int32(0)...4096 {
            #expect(deferred.tokenBytes?.bytes(of: id) == read.tokenBytes?.bytes(of: id))
        }
    }

    @Test func differentModelsHaveDifferentDigests() throws {
        let digests = try Documents.demoNames.map { try Documents.demoModel($0).digest }
        #expect(Set(digests).count == 2)
    }

    @Test func progressIsReportedForEveryToken() throws {
        let model = try Documents.tinyModel(0)
        var tokens: [Int] = []
        let lane = Lane(model: model) { tokens.append($0) }
        let options = GenerateOptions(maxTokens: 3, temperature: 0)
        var pass = DocumentPass(model: model, task: .generate(options), documentID: "d")
        _ = try pass.read(Documents.tokens(300), isLast: true, on: lane)
        _ = try pass.generate(atMost: 3, sample: 0, on: lane)
        // Blocks, then each generated token that another one follows.
        #expect(tokens == [256, 44, 1, 1])
    }

    @Test func theNumbersOfACheckpointAreCounted() throws {
        // Embedding, last norm, and 12 layers of norm, in_proj, conv1d, x_proj, dt_proj, A_log, D and out_proj.
        let layer = 256 + 1024 * 256 + 512 * 5 + 48 * 512 + 512 * 17 + 512 * 16 + 512 + 256 * 512
        let files = try ModelFiles(directory: Documents.demoDirectory("mamba-books-6m"))
        let numbers = files.checkpoint.source.storedNumbers
        #expect(Set(numbers.keys) == ["BF16", "F32"])
        #expect(numbers.values.reduce(0, +) == 4096 * 256 + 256 + 12 * layer)
    }

    @Test func theStateTakesTheBytesThatItsShapesSay() throws {
        // 12 layers of [3, 512] and [16, 512] float32.
        let engines = try Documents.demoNames.map { try Documents.demoModel($0).engine }
        #expect(engines[0].stateBytes(afterTokens: 0) == 12 * (3 + 16) * 512 * 4)
        // 12 layers of [3, 640] and [64, 512].
        #expect(engines[1].stateBytes(afterTokens: 0) == 12 * (3 * 640 + 64 * 512) * 4)
        for engine in engines {
            let exported = engine.makeState().exported()
            let shapes = exported.tensors.map { ModelShape.Tensor(name: $0.name, shape: $0.shape) }
            let numbers = exported.tensors.reduce(0) { $0 + $1.elements.count }
            #expect(engine.stateBytes(afterTokens: 1000) == 4 * numbers)
            #expect(shapes == engine.shape.state(afterTokens: 0))
            #expect(engine.capacity.rowsPerPass == Job.blockTokens)
        }
    }

    static let tasks: [Job.Task] = [.embed(EmbedOptions()), .generate(GenerateOptions()), .score(ScoreOptions())]

    @Test(arguments: tasks)
    func anEmptyDocumentIsAnError(task: Job.Task) throws {
        let model = try Documents.tinyModel(0)
        #expect(throws: InferenceError.emptyDocument) {
            var pass = DocumentPass(model: model, task: task, documentID: "d")
            _ = try pass.read([], isLast: true, on: Lane(model: model))
        }
        #expect(InferenceError.emptyDocument.code == .emptyDocument)
        #expect("\(InferenceError.emptyDocument)" == "the document has no tokens")
    }

    @Test(arguments: [(-1, 3), (64, 0), (70, 299)] as [(Int32, Int)])
    func aTokenOutOfTheVocabularyIsAnErrorThatNamesIt(token: Int32, position: Int) throws {
        let model = try Documents.tinyModel(0)
        var tokens = Documents.tokens(300)
        tokens[position] = token
        let error = InferenceError.tokenOutOfRange(token, position: 256 + position, vocabularySize: 64)
        #expect(throws: error) {
            var pass = DocumentPass(model: model, task: .score(ScoreOptions()), documentID: "d")
            _ = try pass.read(Documents.tokens(256), isLast: false, on: Lane(model: model))
            _ = try pass.read(tokens, isLast: true, on: Lane(model: model))
        }
        #expect(
            "\(error)" == "token \(token) at position \(256 + position) is not in the model's vocabulary of 64")
    }

    @Test func aBenchmarkMeasuresEveryRate() throws {
        let benchmark = Benchmark(
            lanes: 2, promptTokens: 300, generatedTokens: 3, batches: [1, 5], repetitions: 1,
            runLanes: { lanes, body in
                let clock = ContinuousClock.now
                let work = try (0..<lanes).reduce(0) { sum, _ in try sum + body {} }
                let seconds = clock.duration(to: .now) / .seconds(1)
                return (work, seconds)
            })
        let models = try [ProductProvider.panels, .openBLAS].map {
            try Model(random: Documents.tinyShapes[0], product: $0)
        }
        let all = try benchmark.rates(of: models)
        #expect(all.map(\.product) == ["panels", "openBLAS"])
        for rates in all {
            #expect(rates.lanes == 2)
            #expect(rates.decode.map(\.batch) == [1, 5])
            let machine = [rates.productGigaflops, rates.readGigabytes, rates.gigaexponentials]
            let model = [rates.prefill, rates.scoring] + rates.decode.map(\.rate)
            for number in machine + model.flatMap({ [$0.tokensPerSecond, $0.limit, $0.fraction] }) {
                #expect(number > 0 && number.isFinite)
            }
        }
        #expect(BenchmarkShapes.names.allSatisfy { BenchmarkShapes.configuration(named: $0) != nil })
        #expect(BenchmarkShapes.configuration(named: "mamba-131m") == nil)
    }

    /// Jobs know the grid on which the model computes.
    @Test func blocksAreThoseOfTheModel() {
        #expect(Job.blockTokens == LanguageModel.blockTokens)
    }
}
