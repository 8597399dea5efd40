// Ranges of options and their problems, for jobs and job files from any source.

extension Job {
    /// The range of chunk tokens. Only multiples of a block are valid.
    public static let chunkRange = OptionRange(blockTokens...(1 << 20))

    /// The range of the number of error rows that a job may have.
    public static let errorRange = OptionRange(0 ... .max)
    public static let percentRange = OptionRange<Double>.percent

    /// The problem of an invalid number of the job itself. Its key is at the top level of a job file.
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
    /// The problem of an invalid option in one line for people; `nil` if all are valid. A peer may send any task.
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

    /// The problem of an invalid option; `nil` if all are valid.
    public var problem: OptionProblem? {
        if let windowTokens, !Self.windowRange.contains(windowTokens) {
            return OptionProblem("every", Self.windowRange.refusal(of: "\(windowTokens)"))
        }
        return text && windowTokens == nil ? OptionProblem("text", "is of windows: it needs 'every: N'") : nil
    }
}

extension ScoreOptions {
    /// The range of window tokens. A window's first token has no score.
    public static let windowRange = OptionRange(2 ... .max)

    /// The problem of an invalid option; `nil` if all are valid.
    public var problem: OptionProblem? {
        if let windowTokens, !Self.windowRange.contains(windowTokens) {
            return OptionProblem("window", Self.windowRange.refusal(of: "\(windowTokens)"))
        }
        return logprobs && per != .token ? OptionProblem("logprobs", "is of tokens: it needs 'per: token'") : nil
    }
}

extension GenerateOptions {
    /// The problem of an invalid option; `nil` if all are valid.
    public var problem: OptionProblem? {
        for option in GenerateOption.all {
            if let problem = option.problem(of: self) { return problem }
        }
        // Without tokens and echo the row would be empty.
        return maxTokens == 0 && !echo ? OptionProblem("max_tokens", OptionRange(1 ... .max).refusal(of: "0")) : nil
    }
}
