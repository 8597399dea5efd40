import FoundationEssentials
import Inference
import Jobs
import Kernels
import Testing

/// The filters on fixed logits, against what Hugging Face transformers leaves of them (`Fixtures/make_filters.py`).
@Suite struct SamplerReferenceTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct Options: Decodable {
            var temperature: Double?
            var topK: Int?
            var topP: Double?
            var minP: Double?
            var repetitionPenalty: Double?
        }

        var name: String
        /// `nil`: -∞.
        var logits: [Float?]
        /// Tokens of document and sample.
        var seen: [Int]
        var options: Options
        var tokens: [Int32]
        var probabilities: [Double]
        var testDescription: String { name }
    }

    static let cases: [Case] = {
        struct File: Decodable { var cases: [Case] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let url = URL(filePath: Documents.fixture("filters.json"))
        return (try? decoder.decode(File.self, from: Data(contentsOf: url)).cases) ?? []
    }()

    @Test func theCasesAreThere() {
        #expect(Self.cases.count == 35)
    }

    @Test(arguments: cases)
    func filtersLeaveWhatTransformersLeaves(_ test: Case) throws {
        let options = GenerateOptions(
            temperature: test.options.temperature ?? 1, topK: test.options.topK ?? 0, topP: test.options.topP ?? 1,
            minP: test.options.minP ?? 0, repetitionPenalty: test.options.repetitionPenalty ?? 1)
        let logits = test.logits.map { $0 ?? -.infinity }
        var isSeen = [Bool](repeating: false, count: logits.count)
        for token in test.seen { isSeen[token] = true }
        let sampler = Sampler(options, vocabularySize: logits.count, arithmetic: try Arithmetic())
        // A token of no weight may be among ours: it is never chosen.
        let candidates = sampler.candidates(logits: logits, isSeen: isSeen).filter { $0.weight > 0 }
        let total = candidates.reduce(0) { $0 + $1.weight }
        #expect(candidates.map(\.token) == test.tokens)
        #expect(zip(candidates, test.probabilities).allSatisfy { abs($0.weight / total - $1) < 1e-6 })
        for uniform in [0, 0.5, 1 - 0x1p-53] {
            #expect(test.tokens.contains(sampler.token(logits: logits, isSeen: isSeen, uniform: uniform)))
        }
    }
}
