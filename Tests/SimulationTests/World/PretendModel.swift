import Coordination
import Jobs
import TestSupport

/// A model whose result is a running hash: any token that is missing, doubled or out of place shows in the rows, while
/// the places at which a document is cut into steps do not.
struct PretendModel {
    /// A token that fails the document.
    static let poison: Int32 = -1
    /// One token in so many ends a sample.
    static let stopOneIn: UInt64 = 1500

    /// A token that ends the worker.
    static let killer: Int32 = -2

    private let task: Job.Task
    private var hash: UInt64
    private var position = 0
    private var windowStart = 0
    private var likelihood = 0.0
    private var sample: (index: Int, hash: UInt64, made: Int)?

    init(documentID: String, task: Job.Task) {
        self.task = task
        hash = documentID.utf8.reduce(0) { SplitMix64.mixed($0 ^ UInt64($1)) }
    }

    /// All that it carries, and a checksum.
    var snapshot: [UInt8] {
        let numbers = [
            hash, UInt64(position), UInt64(windowStart), likelihood.bitPattern,
            UInt64(sample.map { $0.index + 1 } ?? 0),
            sample?.hash ?? 0, UInt64(sample?.made ?? 0),
        ]
        return (numbers + [Self.checksum(numbers)]).flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        }
    }

    /// - Returns: `nil` for bytes that are no snapshot.
    init?(snapshot: [UInt8], task: Job.Task) {
        let numbers = stride(from: 0, to: snapshot.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) {
                $0 | UInt64(start + $1 < snapshot.count ? snapshot[start + $1] : 0) << UInt64(8 * $1)
            }
        }
        guard snapshot.count == 64, Self.checksum(numbers.dropLast()) == numbers[7] else { return nil }
        self.task = task
        hash = numbers[0]
        position = Int(numbers[1])
        windowStart = Int(numbers[2])
        likelihood = Double(bitPattern: numbers[3])
        if numbers[4] > 0 { sample = (Int(numbers[4]) - 1, numbers[5], Int(numbers[6])) }
    }

    private static func checksum(_ numbers: some Sequence<UInt64>) -> UInt64 {
        numbers.reduce(1) { SplitMix64.mixed($0 ^ $1) }
    }

    mutating func compute(_ work: Work) -> StepOutcome {
        switch work {
        case .read(let tokens, let isLast): read(tokens, isLast)
        case .generate(let sample, let atMost): .output(StepOutput(generated: generate(sample, atMost)))
        }
    }

    private mutating func read(_ tokens: [Int32], _ isLast: Bool) -> StepOutcome {
        var output = StepOutput()
        for token in tokens {
            if token == Self.poison {
                return .documentFailed(Failure(code: "poison", message: "token \(position)"))
            }
            hash = SplitMix64.mixed(hash ^ UInt64(truncatingIfNeeded: token))
            position += 1
            switch task {
            case .embed(let options):
                if let window = options.windowTokens, position - windowStart == window { endWindow(&output) }
            case .score:
                likelihood += Double(hash >> 44)
                output.tokenLogProbabilities.append(-Float(hash >> 44))
            case .generate:
                break
            }
        }
        if isLast, case .embed(let options) = task, options.windowTokens == nil || position > windowStart {
            endWindow(&output)
        }
        output.negativeLogLikelihood = likelihood
        output.scoredTokens = position
        return .output(output)
    }

    private mutating func endWindow(_ output: inout StepOutput) {
        let vector = (0..<4).map { Float(hash >> UInt64(16 * $0) & 0xFFFF) }
        output.embeddings.append(.init(window: position, tokens: windowStart..<position, vector: vector))
        windowStart = position
    }

    private mutating func generate(_ index: Int, _ atMost: Int) -> StepOutput.Generated {
        guard case .generate(let options) = task else { return StepOutput.Generated(tokens: []) }
        var (_, hash, made) = sample.flatMap { $0.index == index ? $0 : nil } ?? (index, hash &+ UInt64(index), 0)
        var generated = StepOutput.Generated(tokens: [])
        while generated.tokens.count < atMost, generated.finish == nil {
            hash = SplitMix64.mixed(hash &+ 1)
            generated.tokens.append(Int32(truncatingIfNeeded: hash & 0xFFFF))
            made += 1
            if hash % Self.stopOneIn == 0 {
                generated.finish = .stop
            } else if made == options.maxTokens {
                generated.finish = .length
            }
        }
        if options.maxTokens == 0 { generated.finish = .length }
        sample = (index, hash, made)
        return generated
    }
}

/// What a document comes to in the end.
enum Ending: Equatable {
    case row(Row)
    case error(String)
}

/// The results of a document's steps, put together.
struct Row: Equatable {
    struct Sample: Equatable {
        var tokens: [Int32] = []
        var finish: FinishReason?
    }

    var embeddings: [StepOutput.Embedding] = []
    var logProbabilities: [Float] = []
    var likelihood = 0.0
    var scoredTokens = 0
    var samples: [Sample] = []

    init(_ parts: [StepOutput]) {
        for part in parts {
            guard let generated = part.generated else {
                embeddings += part.embeddings
                logProbabilities += part.tokenLogProbabilities
                likelihood = part.negativeLogLikelihood
                scoredTokens = part.scoredTokens
                continue
            }
            if samples.last.map({ $0.finish != nil }) ?? true { samples.append(Sample()) }
            samples[samples.count - 1].tokens += generated.tokens
            samples[samples.count - 1].finish = generated.finish
        }
    }
}
