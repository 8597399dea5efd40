import Inference
import Jobs
import Kernels
import Testing

/// The filters on fixed logits. Probabilities were worked out in float32 with numpy, following the definitions of
/// Hugging Face transformers' logits processors.
@Suite struct SamplerTests {
    static let logits: [Float] = [2.0, -1.0, 0.5, 3.0, 2.9, -0.3, 1.2, 0.0, -2.5, 1.9]

    private let arithmetic: Arithmetic

    init() throws {
        arithmetic = try Arithmetic()
    }

    private func sampler(_ options: GenerateOptions, vocabularySize: Int) -> Sampler {
        Sampler(options, vocabularySize: vocabularySize, arithmetic: arithmetic)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var options: GenerateOptions
        var tokens: [Int32]
        var probabilities: [Double]
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "no filter", options: GenerateOptions(), tokens: Array(0..<10),
            probabilities: [
                0.124198, 0.006183, 0.027712, 0.337605, 0.305477, 0.012452, 0.055806, 0.016808, 0.00138, 0.112379,
            ]),
        Case(
            name: "repetition penalty", options: GenerateOptions(repetitionPenalty: 1.5), tokens: Array(0..<10),
            probabilities: [
                0.169638, 0.008446, 0.037851, 0.169638, 0.417243, 0.014639, 0.076223, 0.022958, 0.001885, 0.081478,
            ]),
        Case(
            name: "temperature", options: GenerateOptions(temperature: 0.7), tokens: Array(0..<10),
            probabilities: [
                0.098007, 0.001349, 0.011498, 0.408959, 0.354517, 0.003667, 0.031255, 0.005629, 0.000158, 0.08496,
            ]),
        Case(
            name: "top-k", options: GenerateOptions(topK: 3), tokens: [0, 3, 4],
            probabilities: [0.161868, 0.440002, 0.39813]),
        Case(
            name: "top-p", options: GenerateOptions(topP: 0.8), tokens: [0, 3, 4, 9],
            probabilities: [0.141189, 0.383791, 0.347268, 0.127753]),
        Case(
            name: "top-p of less than one token", options: GenerateOptions(topP: 0.01), tokens: [3], probabilities: [1]),
        Case(
            name: "min-p", options: GenerateOptions(minP: 0.2), tokens: [0, 3, 4, 9],
            probabilities: [0.141189, 0.383791, 0.347268, 0.127753]),
        Case(
            name: "all, in order",
            options: GenerateOptions(temperature: 0.8, topK: 6, topP: 0.9, minP: 0.1, repetitionPenalty: 1.3),
            tokens: [0, 3, 4, 9], probabilities: [0.165033, 0.242441, 0.508337, 0.084189]),
        Case(
            name: "penalty, temperature, top-p",
            options: GenerateOptions(temperature: 1.5, topP: 0.7, repetitionPenalty: 2), tokens: [0, 3, 4, 6],
            probabilities: [0.242407, 0.173692, 0.441694, 0.142207]),
    ]

    @Test(arguments: cases)
    func filtersAreThoseOfTransformers(_ test: Case) {
        var isSeen = [Bool](repeating: false, count: 10)
        for token in [3, 5, 9] { isSeen[token] = true }
        let candidates = sampler(test.options, vocabularySize: 10).candidates(logits: Self.logits, isSeen: isSeen)
        let total = candidates.reduce(0) { $0 + $1.weight }
        #expect(candidates.map(\.token) == test.tokens)
        #expect(zip(candidates, test.probabilities).allSatisfy { abs($0.weight / total - $1) < 2e-6 })
    }

    @Test func equalLogitsAtTheLimitOfTopKAreAllKept() {
        let candidates = sampler(GenerateOptions(topK: 2), vocabularySize: 5)
            .candidates(logits: [1, 2, 2, 2, 0], isSeen: [])
        #expect(candidates.map(\.token) == [1, 2, 3])
    }

    @Test func tokensComeAsOftenAsTheirProbabilitySays() {
        let sampler = self.sampler(GenerateOptions(), vocabularySize: 10)
        var counts = [Int](repeating: 0, count: 10)
        for index in 0..<20_000 {
            let token = sampler.token(logits: Self.logits, isSeen: [], uniform: (Double(index) + 0.5) / 20_000)
            counts[Int(token)] += 1
        }
        for (count, probability) in zip(counts, Self.cases[0].probabilities) {
            #expect(abs(Double(count) / 20_000 - probability) < 1e-4)
        }
    }

    @Test func theEndsOfTheRangeOfNumbersChooseTheFirstAndLastToken() {
        let sampler = self.sampler(GenerateOptions(topP: 0.8), vocabularySize: 10)
        #expect(sampler.token(logits: Self.logits, isSeen: [], uniform: 0) == 0)
        #expect(sampler.token(logits: Self.logits, isSeen: [], uniform: 1 - 0x1p-53) == 9)
    }

    @Test func temperatureZeroTakesTheLargestAfterThePenalty() {
        let greedy = sampler(GenerateOptions(temperature: 0), vocabularySize: 10)
        #expect(greedy.token(logits: Self.logits, isSeen: [], uniform: 0.99) == 3)
        var isSeen = [Bool](repeating: false, count: 10)
        isSeen[3] = true
        let penalized = sampler(GenerateOptions(temperature: 0, repetitionPenalty: 1.2), vocabularySize: 10)
        #expect(penalized.token(logits: Self.logits, isSeen: isSeen, uniform: 0.99) == 4)
    }

    @Test(arguments: [0.0, 1.0])
    func paddingIsNeverChosen(temperature: Double) {
        var logits = Self.logits
        logits[8] = 50
        logits[9] = 60
        let sampler = self.sampler(GenerateOptions(temperature: temperature), vocabularySize: 8)
        for step in 0..<100 {
            #expect(sampler.token(logits: logits, isSeen: [], uniform: Double(step) / 100) < 8)
        }
    }

    @Test func anImpossibleTokenIsNotChosenForWhatRoundingLeaves() {
        // 0.1 ten times is a little less than 1 together; the last token has no weight at all.
        let logits = [Float](repeating: -2.3, count: 10) + [-.infinity, -1000]
        let sampler = self.sampler(GenerateOptions(), vocabularySize: 12)
        for uniform in [0, 0.5, 1 - 0x1p-53, 1] {
            #expect(sampler.token(logits: logits, isSeen: [], uniform: uniform) < 10)
        }
    }

    /// Numbers beyond float32 on the way are no reason to choose what was not likely.
    @Test(arguments: [
        GenerateOptions(temperature: 1e-40), GenerateOptions(temperature: 1e-300),
        GenerateOptions(temperature: 1e-40, topK: 3, topP: 0.5, minP: 0.5), GenerateOptions(temperature: 1e-20),
    ])
    func aTemperatureNearZeroIsGreedy(options: GenerateOptions) {
        let sampler = self.sampler(options, vocabularySize: 10)
        for logits in [Self.logits.map { -5 - $0 }, Self.logits.map { $0 - 2.95 }] {
            let largest = logits.firstIndex(of: logits.max()!)!
            for uniform in [0, 0.5, 1 - 0x1p-53] {
                #expect(sampler.token(logits: logits, isSeen: [], uniform: uniform) == largest)
            }
        }
    }

    @Test(arguments: [1e-300, 1e-40, 1e40, 1e300], [0.0, 1.0])
    func aPenaltyBeyondAllNumbersLeavesAToken(penalty: Double, temperature: Double) {
        let options = GenerateOptions(temperature: temperature, topP: 0.9, minP: 0.1, repetitionPenalty: penalty)
        let sampler = self.sampler(options, vocabularySize: 10)
        var isSeen = [Bool](repeating: false, count: 10)
        isSeen[3] = true
        for uniform in [0, 0.5, 1 - 0x1p-53] {
            let token = sampler.token(logits: Self.logits, isSeen: isSeen, uniform: uniform)
            // The likeliest one, rewarded without measure or punished without.
            #expect((token == 3) == (penalty < 1))
        }
    }

    @Test func aLargeNucleusIsFoundAmongManyUnlikelyTokens() {
        // One likely token and 5,000 equal unlikely ones that hold most of the mass together.
        let logits: [Float] = [0] + Array(repeating: -8, count: 5000)
        let total = 1 + 5000 * 3.3546262790251185e-4
        let candidates = sampler(GenerateOptions(topP: 0.9), vocabularySize: 5001).candidates(
            logits: logits, isSeen: [])
        let unlikely = ((0.9 * total - 1) / 3.3546262790251185e-4).rounded(.up)
        #expect(abs(Double(candidates.count - 1) - unlikely) <= 1)
        #expect(candidates.map(\.token) == Array(0..<Int32(candidates.count)))
    }

    /// Found by the masses of blocks, a token is the one that a walk over all weights finds.
    @Test(arguments: [1.0, 0.6, 3.0], [1.0, 1.3]) func aLargeVocabularyIsSampledAsASmallOne(
        temperature: Double, penalty: Double
    ) {
        let size = 5000
        // Mass all over the vocabulary, more of it here and there; whole blocks without any.
        let logits = (0..<size + 7).map { index -> Float in
            if index / 512 == 3 { return -.infinity }
            let wave = Float((index * 7919) % 101) / 12
            return wave - Float(index % 7) - (index < 1024 ? Float(40) : 0)
        }
        let isSeen = (0..<size + 7).map { $0 % 3 == 0 }
        let sampler = self.sampler(
            GenerateOptions(temperature: temperature, repetitionPenalty: penalty), vocabularySize: size)
        let weights = sampler.candidates(logits: logits, isSeen: isSeen).map(\.weight)
        #expect(weights.count == size)
        let total = weights.reduce(0, +)
        var sums: [Double] = [0]
        for weight in weights { sums.append(sums[sums.count - 1] + weight) }
        for step in 0..<2000 {
            let uniform = (Double(step) + 0.5) / 2000
            let token = Int(sampler.token(logits: logits, isSeen: isSeen, uniform: uniform))
            // The kernel's exponentials may move a border by their rounding.
            #expect(sums[token] / total < uniform + 1e-6 && uniform < sums[token + 1] / total + 1e-6)
            #expect(weights[token] > 0)
        }
    }

    @Test(arguments: [1, 2, 17, 400, 4999]) func topKKeepsAsManyOfManyTokens(topK: Int) {
        let logits = (0..<5000).map { Float(($0 * 7919) % 5003) / 100 }
        let kept = sampler(GenerateOptions(topK: topK), vocabularySize: 5000).candidates(logits: logits, isSeen: [])
        let largest = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(topK)
        #expect(kept.map { Int($0.token) } == largest.sorted())
    }

    @Test func infiniteScoresShareAllMass() {
        var logits = [Float](repeating: 1, count: 1500)
        for token in [3, 700, 1400] { logits[token] = .infinity }
        let sampler = self.sampler(GenerateOptions(), vocabularySize: 1500)
        let tokens = [0.1, 0.5, 0.9].map { sampler.token(logits: logits, isSeen: [], uniform: $0) }
        #expect(tokens == [3, 700, 1400])
    }
}
