public import Jobs

/// How a job's documents are cut into steps.
public struct StepPlan: Sendable, Equatable {
    /// The most tokens that a step reads: the job's, or as many whole blocks as a result has room for.
    public var chunkTokens: Int
    /// `nil`: documents are only read.
    public var generation: Generation?
    /// Of the model's state that a document carries.
    public var state: StateSize
    /// Texts that a document is made of, each read from its own beginning.
    public var texts = 1
    /// Bytes of messages that each token of a step may cause: an id there, a probability and a flag back, and what a
    /// task adds.
    public var bytesPerToken = 9

    public struct Generation: Sendable, Equatable {
        public var samples: Int
        public var maxTokens: Int

        public init(samples: Int, maxTokens: Int) {
            self.samples = samples
            self.maxTokens = maxTokens
        }

        /// Tokens that so many texts get at most; `Int.max` where that is more than a number holds.
        public func tokens(texts: Int) -> Int {
            [samples, maxTokens].reduce(texts) { product, factor in
                let (value, isMore) = product.multipliedReportingOverflow(by: factor)
                return isMore ? .max : value
            }
        }
    }

    /// A step without its tokens.
    public enum Work: Sendable, Equatable {
        case read(Range<Int>, isLast: Bool)
        case generate(sample: Int, atMost: Int)

        /// That it reads, or makes at most.
        var tokens: Int {
            switch self {
            case .read(let range, _): range.count
            case .generate(_, let atMost): atMost
            }
        }

        public var tokensToRead: Int { if case .read(let range, _) = self { range.count } else { 0 } }
    }

    public init(chunkTokens: Int, generation: Generation? = nil, state: StateSize = StateSize(fixed: 0)) {
        self.chunkTokens = chunkTokens
        self.generation = generation
        self.state = state
    }

    public init(_ job: Job) {
        self.init(chunkTokens: job.chunkTokens, job.task)
    }

    /// - Parameters:
    ///   - state: of the model's recurrent state.
    ///   - embeddingBytes: of one of its embeddings.
    ///   - texts: that a document is made of.
    public init(
        chunkTokens: Int, _ task: Job.Task, state: StateSize = StateSize(fixed: 0), embeddingBytes: Int = 0,
        texts: Int = 1
    ) {
        self.chunkTokens = chunkTokens
        self.state = state
        self.texts = texts
        switch task {
        case .embed(let options):
            guard let window = options.windowTokens, window > 0 else { break }
            let perToken = embeddingBytes / window + (embeddingBytes % window > 0 ? 1 : 0)
            let (sum, isMore) = bytesPerToken.addingReportingOverflow(perToken)
            bytesPerToken = isMore ? .max : sum
            let (tokens, isFar) = window.multipliedReportingOverflow(by: Limits.embeddingsPerStep)
            if !isFar { limit(to: tokens) }
        case .generate(let options):
            generation = Generation(samples: options.samples, maxTokens: options.maxTokens)
            bytesPerToken += 8 * options.topLogprobs
        case .score:
            break
        }
        limit(to: Limits.resultBytes / bytesPerToken)
    }

    /// Bytes of a document's state at a point, with all that its task carries.
    public func stateBytes(at point: ResumePoint) -> Int {
        let bytes = state.bytes(afterTokens: point.tokens + (point.generating?.made ?? 0))
        guard let generation, generation.samples > 1 else { return bytes }
        // The state after the document is carried until the last sample begins.
        let (both, isMore) = bytes.addingReportingOverflow(state.bytes(afterTokens: point.tokens))
        return isMore ? .max : both
    }

    /// Bytes of a snapshot at a point; 0: none is taken. What no message holds cannot be sent, and the document starts
    /// again instead.
    public func snapshotBytes(at point: ResumePoint) -> Int {
        let bytes = stateBytes(at: point)
        return bytes > Limits.snapshotBytes ? 0 : bytes
    }

    /// Steps are whole blocks of the arithmetic, one at least.
    private mutating func limit(to tokens: Int) {
        chunkTokens = min(chunkTokens, max(Job.blockTokens, tokens - tokens % Job.blockTokens))
    }
}
