import Checkpoints
import Coordination
import Jobs
package import ModelFiles
import Passes
package import Tokenization

/// The parts of a model that a coordinator needs, so not its weights.
package struct ModelSummary: Sendable {
    package let digest: String
    package let vocabularySize: Int
    /// The tokenizer; `nil` if the model takes tokens only.
    package let tokenizer: Tokenizer?

    /// The size of a document's recurrent state.
    let state: StateSize
    /// The width of the model's embeddings.
    let hiddenSize: Int
    /// The shape of the model; `nil` if it is not known, and no snapshots are taken.
    private var shape: ModelShape?

    package init(
        digest: String, vocabularySize: Int, tokenizer: Tokenizer?, hiddenSize: Int = 0
    ) {
        state = StateSize(fixed: 0)
        self.hiddenSize = hiddenSize
        self.digest = digest
        self.vocabularySize = vocabularySize
        self.tokenizer = tokenizer
    }

    /// - Throws: the error in the directory, or the reason why its model cannot do the task.
    init(directory: String, for task: Job.Task) throws {
        let files = try ModelFiles(directory: directory)
        try files.requireHead(for: task)
        self.init(files)
    }

    package init(_ files: ModelFiles) {
        digest = files.digest
        vocabularySize = files.configuration.paddedVocabularySize
        tokenizer = files.tokenizer
        // No later token makes a state grow by more than the first.
        let (empty, next) = (
            files.configuration.stateBytes(afterTokens: 0), files.configuration.stateBytes(afterTokens: 1)
        )
        state = StateSize(fixed: empty, perToken: next - empty)
        hiddenSize = files.configuration.hiddenSize
        shape = ModelShape(files.configuration)
    }

    /// The origin that snapshots of a document must have; `nil` if it is not known.
    func snapshotOrigin(of task: Job.Task, _ dataType: Job.DataType) -> SnapshotOrigin? {
        shape.map {
            SnapshotOrigin(
                modelDigest: digest, dataType: dataType, shape: $0, tokenCount: tokenizer?.vocabularySize, task: task)
        }
    }

    /// The plan by which documents of a task are cut into steps.
    /// - Parameter texts: the number of texts in a document.
    func plan(of task: Job.Task, chunkTokens: Int, texts: Int = 1) -> StepPlan {
        let (embeddingBytes, isMore) = hiddenSize.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
        return StepPlan(
            chunkTokens: chunkTokens, task, state: state, embeddingBytes: isMore ? .max : embeddingBytes,
            texts: texts)
    }
}
