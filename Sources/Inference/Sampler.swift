package import Jobs
package import Kernels

/// A sampler, which chooses a token from a logits row.
///
/// The filters are those of Hugging Face transformers 4 and 5 (`generation/logits_process.py`), in its order:
/// repetition penalty, temperature, top-k, top-p, min-p. Temperature 0 takes the largest logit after the penalty.
package struct Sampler: Sendable {
    let options: GenerateOptions
    /// The size of the vocabulary without padding: only smaller ids are chosen.
    let vocabularySize: Int
    private let arithmetic: Arithmetic

    package init(_ options: GenerateOptions, vocabularySize: Int, arithmetic: Arithmetic) {
        self.options = options
        self.vocabularySize = vocabularySize
        self.arithmetic = arithmetic
    }

    /// A token that passed the filters.
    package struct Candidate: Sendable, Equatable {
        package var token: Int32
        /// The weight relative to the likeliest token, which has 1. The sum of all weights is not 1.
        package var weight: Double
    }

    /// The temperature below which the largest logit wins in any case: a difference in the last bit decides, and
    /// quotients leave the range of float32.
    private static let leastTemperature = 1e-30

    /// Whether the largest logit is chosen and nothing changes the logits.
    var takesLargestLogit: Bool { options.temperature < Self.leastTemperature && options.repetitionPenalty == 1 }

    /// The token for a random number of 0 ..< 1.
    ///
    /// - Parameter isSeen: the flags of the tokens that the repetition penalty affects.
    package func token(logits: [Float], isSeen: [Bool], uniform: Double) -> Int32 {
        if options.temperature < Self.leastTemperature {
            return ScoredTokens(penalized(logits, isSeen: isSeen), using: arithmetic).likeliest
        }
        guard options.topK > 0 || options.topP < 1 || options.minP > 0 else {
            return scored(logits, isSeen: isSeen).token(uniform: uniform)
        }
        let candidates = candidates(logits: logits, isSeen: isSeen)
        let total = candidates.reduce(0) { $0 + $1.weight }
        return Candidate.token(of: candidates, at: uniform * total)
    }

    /// The tokens that pass the filters, in the order of ids; never empty.
    package func candidates(logits: [Float], isSeen: [Bool]) -> [Candidate] {
        let scored = scored(logits, isSeen: isSeen)
        var least = -Double.infinity
        if options.topK > 0, options.topK < scored.scores.count { least = Double(scored.largest(options.topK)) }
        // The largest weight is 1. Tokens just below the limit are kept here and checked exactly later.
        let limit = Double(scored.largest) + naturalLogarithm(options.minP) - 1e-3
        var candidates: [Candidate]
        if options.topP < 1 {
            candidates = nucleus(of: scored, from: least)
        } else {
            candidates = scored.candidates(from: options.minP > 0 ? max(least, limit) : least)
        }
        if options.minP > 0 { candidates.removeAll { $0.weight < options.minP } }
        return candidates
    }

    private func scored(_ logits: [Float], isSeen: [Bool]) -> ScoredTokens {
        var scores = penalized(logits, isSeen: isSeen)
        // An infinite temperature would turn an infinite score into NaN.
        let temperature = min(Float(options.temperature), .greatestFiniteMagnitude)
        if temperature != 1 {
            for token in scores.indices { scores[token] /= temperature }
        }
        return ScoredTokens(scores, using: arithmetic)
    }

    /// The logits without padding. Those of seen tokens are made less likely (Keskar et al., 2019, arXiv:1909.05858).
    private func penalized(_ logits: [Float], isSeen: [Bool]) -> [Float] {
        let penalty = max(Float(options.repetitionPenalty), .leastNormalMagnitude)
        var scores = Array(logits.prefix(vocabularySize))
        guard penalty != 1 else { return scores }
        for token in scores.indices where isSeen[token] {
            scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty
        }
        return scores
    }

    /// The likeliest tokens until their sum reaches top-p; at least one.
    ///
    /// - Parameter least: the score below which tokens are out already.
    private func nucleus(of scored: ScoredTokens, from least: Double) -> [Candidate] {
        let isWhole = least == -.infinity
        let all = isWhole ? [] : scored.candidates(from: least)
        let mass = options.topP * (isWhole ? scored.total : all.reduce(0) { $0 + $1.weight })
        // To sort a whole large vocabulary is slow, and the nucleus mostly has few tokens.
        for floor in [1e-2, 1e-4, 0] {
            let from = floor > 0 ? Double(scored.largest) + naturalLogarithm(floor) : -.infinity
            let likely = (isWhole ? scored.candidates(from: from) : all.filter { $0.weight >= floor }).sorted {
                ($1.weight, $0.token) < ($0.weight, $1.token)
            }
            var sum = 0.0
            guard
                let end = likely.firstIndex(where: { candidate in
                    sum += candidate.weight
                    return sum >= mass
                }) ?? (floor == 0 ? likely.count - 1 : nil)
            else { continue }
            return likely[...end].sorted { $0.token < $1.token }
        }
        preconditionFailure("no nucleus among all tokens")
    }
}

extension Sampler.Candidate {
    /// The token at a place in the cumulative weights. Rounding can leave a little beyond the last weight: a token
    /// without weight is not chosen for it.
    fileprivate static func token(of candidates: [Self], at place: Double) -> Int32 {
        var left = place
        for candidate in candidates {
            left -= candidate.weight
            if left < 0 { return candidate.token }
        }
        guard let last = candidates.last(where: { $0.weight > 0 }) else {
            preconditionFailure("no token has a weight")
        }
        return last.token
    }
}

/// The scores of a vocabulary, and the sums of their exponentials for each block. So a place in the distribution is
/// found without the exponential of every token.
private struct ScoredTokens {
    static let block = 512

    let scores: [Float]
    /// The first token with the largest score.
    let likeliest: Int32
    let largest: Float
    /// The largest score of each block.
    private let maxima: [Float]
    /// The sum Σ exp(score - largest) of each block. The kernel's float32 exponentials make it exact to 1e-6.
    private let masses: [Double]

    init(_ scores: [Float], using arithmetic: Arithmetic) {
        self.scores = scores
        let blocks = (scores.count + Self.block - 1) / Self.block
        var padded = FloatBuffer(repeating: -.infinity, count: blocks * Self.block)
        padded.replace(from: 0, with: FloatBuffer(scores), 0..<scores.count)
        var sums = RunningLogSumExp(rows: blocks)
        sums.add(
            Matrix(padded, rows: blocks, columns: Self.block), rows: blocks, columns: Self.block, first: 0,
            using: arithmetic)
        let firsts = (0..<blocks).map { $0 * Self.block + Int(sums.position(ofRow: $0)) }
        let first = firsts.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
        likeliest = Int32(first)
        let largest = scores[first]
        self.largest = largest
        maxima = firsts.map { scores[$0] }
        masses = firsts.indices.map { block in
            if scores[firsts[block]] == -.infinity, largest > -.infinity { return 0 }
            // An infinite score minus itself is NaN, so every score equal to the largest gets weight 1.
            guard largest.isFinite else {
                return Double(
                    scores[block * Self.block..<min((block + 1) * Self.block, scores.count)].count { $0 == largest })
            }
            return exponential(sums.value(ofRow: block) - Double(largest))
        }
    }

    var total: Double { masses.reduce(0, +) }

    func weight(_ score: Float) -> Double {
        score == largest ? 1 : exponential(Double(score) - Double(largest))
    }

    /// The tokens with at least a score, in the order of ids.
    func candidates(from least: Double) -> [Sampler.Candidate] {
        var found: [Sampler.Candidate] = []
        for (block, largest) in maxima.enumerated() where Double(largest) >= least {
            for token in tokens(of: block) where Double(scores[token]) >= least {
                found.append(.init(token: Int32(token), weight: weight(scores[token])))
            }
        }
        return found
    }

    /// The `count`-th largest score.
    func largest(_ count: Int) -> Float {
        // So many blocks have a score of at least this.
        let least = count <= maxima.count ? maxima.largest(count) : -.infinity
        var values: [Float] = []
        for (block, largest) in maxima.enumerated() where largest >= least {
            values += scores[tokens(of: block)].filter { $0 >= least }
        }
        return values.largest(count)
    }

    private func tokens(of block: Int) -> Range<Int> {
        block * Self.block..<min((block + 1) * Self.block, scores.count)
    }

    /// The token for a random number of 0 ..< 1.
    func token(uniform: Double) -> Int32 {
        var left = uniform * total
        var chosen: Int?
        for (block, mass) in masses.enumerated() where mass > 0 {
            chosen = block
            if left < mass { break }
            left -= mass
        }
        guard let chosen else { preconditionFailure("no token has a weight") }
        let candidates = tokens(of: chosen).map { Sampler.Candidate(token: Int32($0), weight: weight(scores[$0])) }
        return Sampler.Candidate.token(of: candidates, at: left)
    }
}

extension [Float] {
    /// The `count`-th largest number, by Hoare's quickselect with the middle one as pivot.
    fileprivate func largest(_ count: Int) -> Float {
        var values = self
        var (low, high) = (0, values.count - 1)
        while low < high {
            let pivot = values[(low + high) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while values[left] > pivot { left += 1 }
                while values[right] < pivot { right -= 1 }
                if left <= right {
                    values.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if count - 1 <= right {
                high = right
            } else if count - 1 >= left {
                low = left
            } else {
                return values[count - 1]
            }
        }
        return values[count - 1]
    }
}
