import Jobs
import TestSupport

extension Job.Task {
    /// Any task with random options.
    static func drawn(for model: DrawnModel, _ random: inout SplitMix64) -> Job.Task {
        switch random.next() % 3 {
        case 0: .embed(.drawn(&random))
        case 1:
            .score(
                ScoreOptions(
                    per: random.next() % 2 == 0 ? .document : .token,
                    windowTokens: pick([nil, nil, 3, 100, 256, 600, 2000, .max], &random)))
        default:
            .generate(
                GenerateOptions(
                    maxTokens: Int.random(in: 1...40, using: &random), temperature: pick([0, 0.7, 1, 1.5], &random),
                    topK: pick([0, 0, 5], &random), topP: pick([1, 0.9], &random), minP: pick([0, 0, 0.05], &random),
                    repetitionPenalty: pick([1, 1.3], &random),
                    stop: model.hasTokenizer ? pick([[], ["e"], [" the", "qu"]], &random) : [],
                    samples: Int.random(in: 1...3, using: &random), seed: random.next(),
                    logprobs: random.next() % 2 == 0))
        }
    }
}

extension EmbedOptions {
    fileprivate static func drawn(_ random: inout SplitMix64) -> EmbedOptions {
        let windowTokens = pick([nil, nil, 1, 64, 100, 256, 300, 1000, .max], &random)
        return EmbedOptions(
            pooling: random.next() % 2 == 0 ? .mean : .last, windowTokens: windowTokens,
            normalize: random.next() % 2 == 0, encoding: random.next() % 2 == 0 ? .float : .base64,
            text: windowTokens != nil && random.next() % 2 == 0)
    }
}

extension Job.DataType {
    /// Of a case: every third is of bfloat16.
    static func drawn(_ seed: UInt64) -> Job.DataType { seed % 3 == 0 ? .bf16 : .f32 }
}

/// One of several.
func pick<Value>(_ values: [Value], _ random: inout SplitMix64) -> Value {
    values[Int(random.next() % UInt64(values.count))]
}
