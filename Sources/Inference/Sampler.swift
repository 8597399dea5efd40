package import Jobs
internal import Kernels

/// Chooses a token from logits.
///
/// The filters are those of Hugging Face transformers 4 and 5 (`generation/logits_process.py`), in its order: repetition
/// penalty, temperature, top-k, top-p, min-p. Temperature 0 takes the largest logit after the penalty.
package struct Sampler: Sendable {
    let options: GenerateOptions
    /// Ids from here on are padding and never chosen.
    let vocabularySize: Int

    package init(_ options: GenerateOptions, vocabularySize: Int) {
        self.options = options
        self.vocabularySize = vocabularySize
    }

    /// A token that passed the filters.
    package struct Candidate: Sendable, Equatable {
        package var token: Int32
        /// Relative to the others'; their sum is not 1.
        package var weight: Double
    }

    /// Below it a difference in the last bit of two logits decides all the same, and quotients leave float32.
    private static let leastTemperature = 1e-30

    /// The token for a random number of 0 ..< 1.
    ///
    /// - Parameter isSeen: which tokens the repetition penalty falls on.
    package func token(logits: [Float], isSeen: [Bool], uniform: Double) -> Int32 {
        if options.temperature < Self.leastTemperature {
            let scores = penalized(logits, isSeen: isSeen)
            var best = 0
            for (token, score) in scores.enumerated() where score > scores[best] { best = token }
            return Int32(best)
        }
        let candidates = candidates(logits: logits, isSeen: isSeen)
        let total = candidates.reduce(0) { $0 + $1.weight }
        var left = uniform * total
        for candidate in candidates {
            left -= candidate.weight
            if left < 0 { return candidate.token }
        }
        // Rounding can leave a little of the last weight; a token of no weight is not chosen for it.
        guard let last = candidates.last(where: { $0.weight > 0 }) else {
            preconditionFailure("the largest weight is 1")
        }
        return last.token
    }

    /// The tokens that pass the filters, in the order of ids. Never empty.
    package func candidates(logits: [Float], isSeen: [Bool]) -> [Candidate] {
        let temperature = Float(options.temperature)
        var scores = penalized(logits, isSeen: isSeen).enumerated().map { token, score in
            (token: Int32(token), score: score / temperature)
        }
        if options.topK > 0, options.topK < scores.count {
            let threshold = scores.map(\.score).sorted(by: >)[options.topK - 1]
            scores.removeAll { $0.score < threshold }
        }
        let largest = scores.reduce(-Float.infinity) { max($0, $1.score) }
        var candidates = scores.map {
            // An infinite score less itself is no number.
            Candidate(
                token: $0.token,
                weight: $0.score == largest ? 1 : exponential(Double($0.score) - Double(largest)))
        }
        if options.topP < 1 { keepNucleus(of: &candidates) }
        if options.minP > 0 {
            // The largest weight is 1.
            candidates.removeAll { $0.weight < options.minP }
        }
        return candidates
    }

    /// Logits without padding, those of seen tokens moved towards less likely (Keskar et al., 2019, arXiv:1909.05858).
    private func penalized(_ logits: [Float], isSeen: [Bool]) -> [Float] {
        let penalty = max(Float(options.repetitionPenalty), .leastNormalMagnitude)
        var scores = Array(logits.prefix(vocabularySize))
        guard penalty != 1 else { return scores }
        for token in scores.indices where isSeen[token] {
            scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty
        }
        return scores
    }

    /// Keeps the likeliest tokens until their sum reaches top-p; at least one.
    private func keepNucleus(of candidates: inout [Candidate]) {
        let mass = options.topP * candidates.reduce(0) { $0 + $1.weight }
        // Sorting all of a large vocabulary is slow, and the nucleus is mostly among few.
        for floor in [1e-2, 1e-4, 0] {
            let likely = candidates.filter { $0.weight >= floor }.sorted {
                ($1.weight, $0.token) < ($0.weight, $1.token)
            }
            var sum = 0.0
            guard
                let end = likely.firstIndex(where: { candidate in
                    sum += candidate.weight
                    return sum >= mass
                }) ?? (floor == 0 ? likely.count - 1 : nil)
            else { continue }
            candidates = likely[...end].sorted { $0.token < $1.token }
            return
        }
    }
}
