import Checkpoints
import Crypto
import Foundation
import Jobs
import Kernels
import Passes
import TestSupport
import Testing

/// Snapshots with a good checksum and numbers that no pass writes: each is refused, and none stops the program.
///
/// `LONGSCAN_FUZZ_EXECUTIONS` says how many each test of random damage reads. All damage follows from seeds.
@Suite struct ForgedSnapshotTests {
    private static let executions =
        ProcessInfo.processInfo.environment["LONGSCAN_FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? 400

    static let numbers: [Int64] = [
        0, 1, -1, 2, 255, 256, 257, 1 << 20, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 32, 1 << 48, 1 << 53, 1 << 62,
        .max,
        .min, .max - 1, .max - 255, .max - 256, .min + 1,
    ]
    static let floats: [Float] = [.nan, .infinity, -.infinity]

    /// What a forger starts from: passes in the middle of a document, and between and within samples.
    struct Example: CustomStringConvertible {
        var description: String
        var task: Job.Task
        /// Tokens that were read.
        var tokens: Int
        var isComplete = false
        /// Tokens that each sample may make, sample by sample.
        var samples: [Int] = []
    }

    private static let generation = GenerateOptions(
        maxTokens: 9, repetitionPenalty: 1.2, stop: ["\u{1}\u{2}\u{3}"], samples: 3, seed: 9, logprobs: true,
        echo: true,
        topLogprobs: 2)

    static let examples = [
        Example(description: "embed", task: .embed(EmbedOptions()), tokens: 300),
        Example(description: "windows", task: .embed(EmbedOptions(windowTokens: 70)), tokens: 512),
        Example(description: "score", task: .score(ScoreOptions(per: .token)), tokens: 299),
        Example(description: "score windows", task: .score(ScoreOptions(windowTokens: 100)), tokens: 330),
        Example(description: "reading", task: .generate(generation), tokens: 300),
        Example(description: "read", task: .generate(generation), tokens: 300, isComplete: true),
        Example(description: "sample", task: .generate(generation), tokens: 300, isComplete: true, samples: [4]),
        Example(
            description: "last sample", task: .generate(generation), tokens: 9, isComplete: true, samples: [9, 9, 3]),
    ]

    private static func model() throws -> Model {
        try Documents.tinyModel(0, tokenBytes: TableOfBytes(table: (0..<64).map { [UInt8($0)] }))
    }

    static func checksum(header: [UInt8], data: ArraySlice<UInt8>) -> String {
        var hash = SHA256()
        hash.update(data: header)
        hash.update(data: Array(data))
        return "sha256:" + hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func snapshot(_ example: Example, _ model: Model) throws -> Snapshot {
        let lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: example.task, documentID: "d")
        _ = try pass.read(Documents.tokens(example.tokens), isLast: example.isComplete, on: lane)
        for (number, count) in example.samples.enumerated() {
            _ = try pass.generate(atMost: count, sample: number, on: lane)
        }
        return try Snapshot(bytes: pass.snapshot(), checksum: checksum)
    }

    /// Goes on from a snapshot to the document's end.
    /// - Returns: whether it was taken for one.
    private static func goesOn(_ snapshot: Snapshot, _ example: Example, _ model: Model) -> Bool {
        let bytes = snapshot.encoded(checksum: checksum)
        guard
            var pass = try? DocumentPass(restoring: bytes, model: model, task: example.task, documentID: "d")
        else { return false }
        let lane = Lane(model: model)
        // What it gives is its writer's word; that it ends is what counts here.
        if !pass.isComplete { _ = try? pass.read(Documents.tokens(600), isLast: true, on: lane) }
        for number in 0..<3 { _ = try? pass.generate(atMost: 4, sample: number, on: lane) }
        _ = pass.snapshot()
        return true
    }

    @Test(arguments: examples.indices) func whatAPassWroteIsTaken(index: Int) throws {
        let model = try Self.model()
        let example = Self.examples[index]
        #expect(Self.goesOn(try Self.snapshot(example, model), example, model))
    }

    /// Every count follows from the others, but for where the generated text stands.
    @Test(arguments: examples.indices) func everyOtherCountIsRefused(index: Int) throws {
        let model = try Self.model()
        let example = Self.examples[index]
        let genuine = try Self.snapshot(example, model)
        var taken: Set<String> = []
        for (place, tensor) in genuine.carried.enumerated() {
            guard case .int64(let values) = tensor.values else { continue }
            for element in values.indices {
                for number in Self.numbers where number != values[element] {
                    var (forged, changed) = (genuine, values)
                    changed[element] = number
                    forged.carried[place].values = .int64(changed)
                    if Self.goesOn(forged, example, model) { taken.insert("\(tensor.name)[\(element)]") }
                }
            }
        }
        for number in Self.numbers where number != Int64(genuine.tokenOffset) && number >= 0 {
            var forged = genuine
            forged.tokenOffset = Int(number)
            if Self.goesOn(forged, example, model) { taken.insert("tokenOffset") }
        }
        // Another sample may have come as far, or have ended there, after a longer text. Whether a text of the document
        // ends there is known to whoever has the document, and compared there.
        let free: Set = [
            "pass.counts[0]", "generate.counts[2]", "generate.counts[3]", "generate.counts[4]", "generate.counts[5]",
            "generate.counts[6]",
        ]
        #expect(taken.isSubset(of: free), "\(taken.subtracting(free))")
    }

    @Test(arguments: examples.indices) func numbersThatAreNotFiniteAreRefused(index: Int) throws {
        let model = try Self.model()
        let example = Self.examples[index]
        let genuine = try Self.snapshot(example, model)
        for number in Self.floats {
            for place in genuine.state.indices {
                var forged = genuine
                forged.state[place].elements[0] = number
                #expect(!Self.goesOn(forged, example, model))
            }
            for place in genuine.promptState.indices {
                var forged = genuine
                forged.promptState[place].elements[0] = number
                #expect(!Self.goesOn(forged, example, model))
            }
            for (place, tensor) in genuine.carried.enumerated() {
                guard case .float32(var values) = tensor.values else { continue }
                values[values.count - 1] = number
                var forged = genuine
                forged.carried[place].values = .float32(values)
                #expect(!Self.goesOn(forged, example, model), "\(tensor.name)")
            }
        }
    }

    @Test func waitingTokensAreOfTheVocabularyAndFewerThanABlock() throws {
        let model = try Self.model()
        let example = Self.examples[0]
        let genuine = try Self.snapshot(example, model)
        let place = try #require(genuine.carried.firstIndex { $0.name == "pass.waiting" })
        for tokens in [[Int32](repeating: 1, count: 300), [-7], [64], [.max], [.min], []] {
            var forged = genuine
            forged.carried[place].values = .int32(tokens)
            #expect(!Self.goesOn(forged, example, model), "\(tokens.prefix(3))")
        }
    }

    @Test func moreThanAPassCarriesIsRefused() throws {
        let model = try Self.model()
        let example = Self.examples[0]
        var forged = try Self.snapshot(example, model)
        forged.carried.append(CarriedTensor(name: "more", values: .uint8([1])))
        let bytes = forged.encoded(checksum: Self.checksum)
        #expect(throws: SnapshotError.leftOverTensor("more")) {
            _ = try DocumentPass(restoring: bytes, model: model, task: example.task, documentID: "d")
        }
    }

    @Test(arguments: [
        Array(#"{"a":{}}"#.utf8), [0x7b, 0x22, 0xff, 0xff, 0x22, 0x3a, 0x31, 0x7d], Array("null".utf8),
        Array(#"{"layers.0.ssm_state":{"dtype":"F32","shape":[4611686018427387904,2,0],"data_offsets":[0,0]}}"#.utf8),
        Array(repeating: UInt8(ascii: "["), count: 200_000), [],
    ])
    func headersOfAnyKindAreRefused(json: [UInt8]) throws {
        let model = try Self.model()
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
        #expect(throws: SnapshotError.self) {
            _ = try DocumentPass(restoring: bytes, model: model, task: .embed(EmbedOptions()), documentID: "d")
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func severalChangesAtOnceAreRefusedOrHarmless(seed: UInt64) throws {
        let model = try Self.model()
        var random = SplitMix64(seed: seed)
        let genuine = try Self.examples.map { try Self.snapshot($0, model) }
        for execution in 0..<Self.executions / 4 {
            let index = execution % Self.examples.count
            var forged = genuine[index]
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.damage(&forged, &random) }
            // Now and then another task's, which has other tensors.
            let example = Self.examples[Int.random(in: 0..<8, using: &random) == 0 ? (index + 3) % 8 : index]
            _ = Self.goesOn(forged, example, model)
        }
    }

    private static func damage(_ snapshot: inout Snapshot, _ random: inout SplitMix64) {
        guard let place = snapshot.carried.indices.randomElement(using: &random) else { return }
        let number = numbers.randomElement(using: &random) ?? 0
        switch snapshot.carried[place].values {
        case .int64(var values):
            if let element = values.indices.randomElement(using: &random) { values[element] = number }
            if Int.random(in: 0..<8, using: &random) == 0 { values.append(number) }
            snapshot.carried[place].values = .int64(values)
        case .int32(var values):
            if Bool.random(using: &random) { values.append(Int32(truncatingIfNeeded: number)) } else { values = [] }
            snapshot.carried[place].values = .int32(values)
        case .uint8(var values):
            if Bool.random(using: &random) { values.append(UInt8(truncatingIfNeeded: number)) } else { values = [] }
            snapshot.carried[place].values = .uint8(values)
        case .float32(var values):
            if Bool.random(using: &random) { values.append(floats[0]) } else { values = [] }
            snapshot.carried[place].values = .float32(values)
        case .float64(var values):
            if let element = values.indices.randomElement(using: &random) { values[element] = .infinity }
            snapshot.carried[place].values = .float64(values)
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: snapshot.tokenOffset = Int(clamping: number.magnitude)
        case 1: snapshot.state.removeAll { _ in Bool.random(using: &random) }
        case 2: snapshot.promptState = snapshot.state
        case 3: snapshot.carried.remove(at: place)
        default: break
        }
    }
}
