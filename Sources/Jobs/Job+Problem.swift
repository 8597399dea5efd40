// Ranges of options and what is wrong with them, whoever sends a job or writes a job file.

extension Job {
    /// Tokens of a chunk, of which only multiples of a block are any.
    public static let chunkRange = OptionRange(blockTokens...(1 << 20))

    /// Error rows that a job may have, and their percentage of all documents.
    public static let errorRange = OptionRange(0 ... .max)
    public static let percentRange = OptionRange<Double>.percent

    /// Which number of the job itself cannot be; the key is one of a job file's top.
    public var limitProblem: OptionProblem? {
        if !Self.chunkRange.contains(chunkTokens) {
            return OptionProblem("chunk_tokens", Self.chunkRange.refusal(of: "\(chunkTokens)"))
        }
        if !chunkTokens.isMultiple(of: Self.blockTokens) {
            return OptionProblem(
                "chunk_tokens",
                "must be a multiple of \(Self.blockTokens), the block of the arithmetic, not \(chunkTokens)")
        }
        switch errorLimit {
        case .none: return nil
        case .count(let count):
            return Self.errorRange.contains(count)
                ? nil : OptionProblem("max_errors", Self.errorRange.refusal(of: "\(count)"))
        case .fraction(let part):
            return OptionRange<Double>.part.contains(part)
                ? nil : OptionProblem("max_errors", Self.percentRange.refusal(of: "\(part * 100)%"))
        }
    }
}

extension Job.Task {
    /// Which option cannot be, in one line for people; `nil`: none. Who sends a task may say anything.
    public var problem: String? {
        let problem =
            switch self {
            case .embed(let options): options.problem
            case .score(let options): options.problem
            case .generate(let options): options.problem
            }
        return problem.map { "\(name).\($0.key): \($0.message)" }
    }
}

extension EmbedOptions {
    public static let windowRange = OptionRange(1 ... .max)

    /// Which option cannot be.
    public var problem: OptionProblem? {
        if let windowTokens, !Self.windowRange.contains(windowTokens) {
            return OptionProblem("every", Self.windowRange.refusal(of: "\(windowTokens)"))
        }
        return text && windowTokens == nil ? OptionProblem("text", "is of windows: it needs 'every: N'") : nil
    }
}

extension ScoreOptions {
    /// A window's first token has no score.
    public static let windowRange = OptionRange(2 ... .max)

    /// Which option cannot be.
    public var problem: OptionProblem? {
        if let windowTokens, !Self.windowRange.contains(windowTokens) {
            return OptionProblem("window", Self.windowRange.refusal(of: "\(windowTokens)"))
        }
        return logprobs && per != .token ? OptionProblem("logprobs", "is of tokens: it needs 'per: token'") : nil
    }
}

extension GenerateOptions {
    /// Which option cannot be.
    public var problem: OptionProblem? {
        for option in GenerateOption.all {
            if let problem = option.problem(of: self) { return problem }
        }
        // Nothing would be in the row.
        return maxTokens == 0 && !echo ? OptionProblem("max_tokens", OptionRange(1 ... .max).refusal(of: "0")) : nil
    }
}
