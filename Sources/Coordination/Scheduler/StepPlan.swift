public import Jobs

/// How a job's documents are cut into steps.
public struct StepPlan: Sendable, Equatable {
    public var chunkTokens: Int
    /// `nil`: documents are only read.
    public var generation: Generation?
    /// Bytes of a document's state, with all that its task carries; 0: no snapshots are taken of it.
    public var stateBytes = 0
    /// Bytes of messages that each token of a step may cause: an id there, a probability and a flag back, and what a task
    /// adds.
    public var bytesPerToken = 9

    public struct Generation: Sendable, Equatable {
        public var samples: Int
        public var maxTokens: Int

        public init(samples: Int, maxTokens: Int) {
            self.samples = samples
            self.maxTokens = maxTokens
        }

        /// Tokens that so many documents get at most; `Int.max` where that is more than a number holds.
        public func tokens(documents: Int) -> Int {
            [samples, maxTokens].reduce(documents) { product, factor in
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

        var tokensToRead: Int { if case .read(let range, _) = self { range.count } else { 0 } }
    }

    public init(chunkTokens: Int, generation: Generation? = nil, stateBytes: Int = 0) {
        self.chunkTokens = chunkTokens
        self.generation = generation
        self.stateBytes = stateBytes
    }

    public init(_ job: Job) {
        self.init(chunkTokens: job.chunkTokens, job.task)
    }

    /// - Parameters:
    ///   - stateBytes: of the model's recurrent state.
    ///   - embeddingBytes: of one of its embeddings.
    public init(chunkTokens: Int, _ task: Job.Task, stateBytes: Int = 0, embeddingBytes: Int = 0) {
        self.chunkTokens = chunkTokens
        self.stateBytes = stateBytes
        switch task {
        case .embed(let options):
            if let window = options.windowTokens { bytesPerToken += (embeddingBytes + window - 1) / window }
        case .generate(let options):
            generation = Generation(samples: options.samples, maxTokens: options.maxTokens)
            bytesPerToken += 8 * options.topLogprobs
            // The state after the document is carried until the last sample begins.
            if options.samples > 1 { self.stateBytes *= 2 }
        case .score:
            break
        }
    }
}
