internal import Jobs

/// The section `score` of a job file.
struct ScoreForm: Sendable, Codable, Equatable {
    private var per: ScoreOptions.Unit
    private var window: Int?
    private var logprobs: Bool

    init(_ options: ScoreOptions) {
        per = options.per
        window = options.windowTokens
        logprobs = options.logprobs
    }
}
