public import Jobs

/// How a job's documents are cut into steps.
public struct StepPlan: Sendable, Equatable {
    public var chunkTokens: Int
    /// `nil`: documents are only read.
    public var generation: Generation?

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
    }

    public init(chunkTokens: Int, generation: Generation? = nil) {
        self.chunkTokens = chunkTokens
        self.generation = generation
    }

    public init(_ job: Job) {
        self.init(chunkTokens: job.chunkTokens, job.task)
    }

    public init(chunkTokens: Int, _ task: Job.Task) {
        self.chunkTokens = chunkTokens
        if case .generate(let options) = task {
            generation = Generation(samples: options.samples, maxTokens: options.maxTokens)
        }
    }
}
