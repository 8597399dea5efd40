extension Job.Task {
    /// Which option is out of the range of ``JobFile``; `nil` if none is. Who sends a task may say anything.
    public var problem: String? {
        switch self {
        case .embed(let options):
            if let tokens = options.windowTokens, tokens < 1 { return "embed.every: 1 or more, not \(tokens)" }
            if options.text, options.windowTokens == nil { return "embed.text: needs 'every: N'" }
        case .score(let options):
            if let tokens = options.windowTokens, tokens < 2 { return "score.window: 2 or more, not \(tokens)" }
            if options.logprobs, options.per != .token { return "score.logprobs: needs 'per: token'" }
        case .generate(let options):
            return options.problem
        }
        return nil
    }
}

extension GenerateOptions {
    fileprivate var problem: String? {
        let ranges: [(name: String, isFit: Bool)] = [
            ("max_tokens", maxTokens >= (echo ? 0 : 1)),
            ("temperature", temperature >= 0 && temperature.isFinite),
            ("top_k", topK >= 0),
            ("top_p", (0...1).contains(topP)),
            ("min_p", (0...1).contains(minP)),
            ("repetition_penalty", repetitionPenalty > 0 && repetitionPenalty.isFinite),
            ("stop", !stop.contains("")),
            ("n", (1...Self.mostSamples).contains(samples)),
            ("logprobs", (0...Self.topLogprobsLimit).contains(topLogprobs)),
        ]
        return ranges.first { !$0.isFit }.map { "generate.\($0.name): is out of its range" }
    }
}
