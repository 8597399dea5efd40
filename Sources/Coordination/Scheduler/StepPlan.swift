public import Jobs

/// The plan of a document: how it is cut into steps.
public struct StepPlan: Sendable, Equatable {
    /// The most tokens that a step reads: the job's chunk, or as many whole blocks as a result has room for.
    public var chunkTokens: Int
    /// The generation after reading; `nil`: documents are only read.
    public var generation: Generation?
    /// The size of the model's recurrent state.
    public var state: StateSize
    /// The number of texts in a document. Each is read from its own beginning.
    public var texts = 1
    /// The bytes of messages that each token of a step may cause: an id to the worker, a probability and a flag back,
    /// and the additions of a task.
    public var bytesPerToken = 9

    public struct Generation: Sendable, Equatable {
        public var samples: Int
        public var maxTokens: Int

        public init(samples: Int, maxTokens: Int) {
            self.samples = samples
            self.maxTokens = maxTokens
        }

        /// The most tokens that so many texts get; `Int.max` if the number overflows.
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

        /// The tokens that the step reads, or the most that it generates.
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
    ///   - state: the size of the model's recurrent state.
    ///   - embeddingBytes: the bytes of one embedding of the model.
    ///   - texts: the number of texts in a document.
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

    /// The bytes of a document's state at a point, with the additions of its task.
    public func stateBytes(at point: ResumePoint) -> Int {
        let bytes = state.bytes(afterTokens: point.tokens + (point.generating?.made ?? 0))
        guard let generation, generation.samples > 1 else { return bytes }
        // The state after the document is kept until the last sample begins.
        let (both, isMore) = bytes.addingReportingOverflow(state.bytes(afterTokens: point.tokens))
        return isMore ? .max : both
    }

    /// The bytes of a snapshot at a point; 0: none is taken. A snapshot that no message holds cannot be sent, and the
    /// document would start again instead.
    public func snapshotBytes(at point: ResumePoint) -> Int {
        let bytes = stateBytes(at: point)
        return bytes > Limits.snapshotBytes ? 0 : bytes
    }

    /// Cuts the chunks to so many tokens, in whole blocks and to at least one.
    private mutating func limit(to tokens: Int) {
        chunkTokens = min(chunkTokens, max(Job.blockTokens, tokens - tokens % Job.blockTokens))
    }
}
