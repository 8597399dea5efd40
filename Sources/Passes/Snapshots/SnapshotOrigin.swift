public import Checkpoints
public import Jobs

/// The origin of a snapshot: a model in a data type, and the task.
public struct SnapshotOrigin: Sendable {
    let modelDigest: String
    let dataType: Job.DataType
    let shape: ModelShape
    /// The size of the vocabulary without padding: smaller ids are sampled.
    let sampledVocabularySize: Int
    let task: Job.Task

    /// - Parameters:
    ///   - tokenCount: one more than the greatest id of the model's tokenizer; `nil` without one.
    public init(
        modelDigest: String, dataType: Job.DataType, shape: ModelShape, tokenCount: Int?, task: Job.Task
    ) {
        self.modelDigest = modelDigest
        self.dataType = dataType
        self.shape = shape
        sampledVocabularySize = min(tokenCount ?? .max, shape.meaningfulVocabularySize)
        self.task = task
    }

    init(_ model: Model, _ task: Job.Task) {
        modelDigest = model.digest
        dataType = model.engine.dataType
        shape = model.engine.shape
        sampledVocabularySize = model.sampledVocabularySize
        self.task = task
    }

    /// The position of a document when its snapshot was written.
    public struct Position: Sendable, Equatable {
        /// A sample so far.
        public struct Sample: Sendable, Equatable {
            public var number: Int
            public var tokens: Int
            public var isFinished: Bool

            public init(number: Int, tokens: Int, isFinished: Bool) {
                self.number = number
                self.tokens = tokens
                self.isFinished = isFinished
            }
        }

        /// The number of tokens that were read.
        public var tokens: Int
        /// Whether all tokens of the text were read.
        public var isComplete: Bool
        /// The latest sample; `nil` before the first.
        public var sample: Sample?

        public init(tokens: Int, isComplete: Bool, sample: Sample? = nil) {
            self.tokens = tokens
            self.isComplete = isComplete
            self.sample = sample
        }
    }

    /// The position of a document in a snapshot. It checks all parts of the snapshot on which a pass relies.
    /// - Throws: `SnapshotError`.
    public func position(of snapshot: [UInt8]) throws(SnapshotError) -> Position {
        try CarriedPass(snapshot, of: self).position
    }
}

extension Job.DataType {
    /// The name of the data type in snapshots.
    var snapshotName: String {
        switch self {
        case .f32: "float32"
        case .bf16: "bfloat16"
        }
    }
}
