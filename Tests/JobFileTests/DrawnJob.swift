import Jobs
import TestSupport

/// A job that a job file can say, drawn from a seed: with texts that mean something else in YAML, in JSON and to a
/// shell.
struct DrawnJob {
    private static let pieces = [
        "a", "caf\u{e9}", "cafe\u{301}", "null", "~", "123", "1e3", "0x1F", "true", "#x", "a: b", "- x", "*", "[ab]?",
        "b$c",
        " ", "'", "\"", "\\", "\\u0041", "{}", "[", ",", "&x", "!!int", "%", "\t", "\n", "\u{1}", "\u{7f}", "\u{85}",
        "\u{2028}", "x\u{feff}", "\u{1f433}", "yes", "1:30", ".inf", "<<", "...", "---", "@",
    ]

    let job: Job

    init(seed: UInt64) {
        var draw = SplitMix64(seed: seed)
        job = Self.job(&draw)
    }

    private static func job(_ draw: inout SplitMix64) -> Job {
        Job(
            task: task(&draw),
            model: path(&draw),
            inputs: (0..<Int.random(in: 1...4, using: &draw)).map { _ in input(&draw) },
            output: path(&draw) + ".jsonl",
            chunkTokens: 256 * Int.random(in: 1...4096, using: &draw),
            errorLimit: errorLimit(&draw),
            dataType: Job.DataType.allCases.randomElement(using: &draw)!)
    }

    private static func text(_ draw: inout SplitMix64) -> String {
        (0..<Int.random(in: 1...4, using: &draw)).map { _ in pieces.randomElement(using: &draw)! }.joined()
    }

    private static func path(_ draw: inout SplitMix64) -> String {
        (0..<Int.random(in: 1...3, using: &draw)).map { _ in "/x" + text(&draw) }.joined()
    }

    private static func input(_ draw: inout SplitMix64) -> Job.Input {
        let path = path(&draw)
        let given = [path, text(&draw), "./../" + text(&draw), path + "/"].randomElement(using: &draw)!
        var input =
            Bool.random(using: &draw) ? Job.Input(asGiven: given, path: path) : Job.Input(asGiven: "-", path: "-")
        guard Bool.random(using: &draw) else { return input }
        input.format = Bool.random(using: &draw) ? InputFormat.allCases.randomElement(using: &draw) : nil
        if input.format?.hasKeys ?? true {
            if Bool.random(using: &draw) { input.textKey = text(&draw) + "t" }
            if Bool.random(using: &draw) { input.idKey = text(&draw) + "i" }
        }
        return input
    }

    private static func errorLimit(_ draw: inout SplitMix64) -> Job.ErrorLimit {
        switch Int.random(in: 0..<4, using: &draw) {
        case 0: .none
        case 1: .count(count(from: 0, &draw))
        case 2: .fraction(Double.random(in: 0...100, using: &draw) / 100)
        // Small ones, down to the least of all.
        default: .fraction(min(100, magnitude(&draw)) / 100)
        }
    }

    /// Of all sizes.
    private static func count(from least: Int, _ draw: inout SplitMix64) -> Int {
        max(least, Int(draw.next() >> UInt64.random(in: 1...63, using: &draw)))
    }

    /// A finite number of any size.
    private static func magnitude(_ draw: inout SplitMix64) -> Double {
        let number = Double(bitPattern: draw.next()).magnitude
        return number.isFinite ? number : 0
    }

    private static func windowTokens(from least: Int, _ draw: inout SplitMix64) -> Int? {
        Bool.random(using: &draw) ? count(from: least, &draw) : nil
    }

    private static func task(_ draw: inout SplitMix64) -> Job.Task {
        switch Int.random(in: 0..<3, using: &draw) {
        case 0:
            let windowTokens = windowTokens(from: 1, &draw)
            return .embed(
                EmbedOptions(
                    pooling: EmbedOptions.Pooling.allCases.randomElement(using: &draw)!,
                    windowTokens: windowTokens, normalize: Bool.random(using: &draw),
                    encoding: EmbedOptions.Encoding.allCases.randomElement(using: &draw)!,
                    text: windowTokens != nil && Bool.random(using: &draw)))
        case 1:
            return .generate(
                GenerateOptions(
                    maxTokens: count(from: 1, &draw), temperature: magnitude(&draw), topK: count(from: 0, &draw),
                    topP: Double.random(in: 0...1, using: &draw), minP: min(1, magnitude(&draw)),
                    repetitionPenalty: max(.leastNonzeroMagnitude, magnitude(&draw)),
                    stop: (0..<Int.random(in: 0...3, using: &draw)).map { _ in text(&draw) },
                    samples: Int.random(in: 1...GenerateOptions.mostSamples, using: &draw),
                    seed: UInt64(count(from: 0, &draw)), logprobs: Bool.random(using: &draw)))
        default:
            let per = ScoreOptions.Unit.allCases.randomElement(using: &draw)!
            return .score(
                ScoreOptions(
                    per: per, windowTokens: windowTokens(from: 2, &draw),
                    logprobs: per == .token && Bool.random(using: &draw)))
        }
    }
}
