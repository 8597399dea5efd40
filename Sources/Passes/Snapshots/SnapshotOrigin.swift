public import Checkpoints
public import Jobs

/// Whose snapshots can be read: a model in a data type, and what was done with the document.
public struct SnapshotOrigin: Sendable {
    let modelDigest: String
    let dataType: Job.DataType
    let shape: ModelShape
    /// Ids that are generated.
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

    /// How far a document was when its snapshot was written.
    public struct Position: Sendable, Equatable {
        /// A sample as far as it was made.
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

        /// Tokens that were read.
        public var tokens: Int
        /// Whether these are all.
        public var isComplete: Bool
        /// The latest one; `nil` before the first.
        public var sample: Sample?

        public init(tokens: Int, isComplete: Bool, sample: Sample? = nil) {
            self.tokens = tokens
            self.isComplete = isComplete
            self.sample = sample
        }
    }

    /// Where a document stood, from a snapshot of which everything was checked that a pass which goes on from it relies
    /// on.
    /// - Throws: `SnapshotError`.
    public func position(of snapshot: [UInt8]) throws(SnapshotError) -> Position {
        try CarriedPass(snapshot, of: self).position
    }
}

extension Job.DataType {
    /// What snapshots call it.
    var snapshotName: String {
        switch self {
        case .f32: "float32"
        case .bf16: "bfloat16"
        }
    }
}
