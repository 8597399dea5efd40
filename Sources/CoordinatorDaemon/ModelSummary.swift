import Coordination
package import Inference
import Jobs
import Mamba
package import Tokenization

/// What a coordinator needs of a model: not its weights.
package struct ModelSummary: Sendable {
    package let digest: String
    package let vocabularySize: Int
    /// `nil`: the model takes tokens only.
    package let tokenizer: Tokenizer?

    /// Bytes of a document's recurrent state; 0: not known, and no snapshots are taken.
    let stateBytes: Int
    /// Width of its embeddings.
    let hiddenSize: Int

    package init(
        digest: String, vocabularySize: Int, tokenizer: Tokenizer?, stateBytes: Int = 0, hiddenSize: Int = 0
    ) {
        self.stateBytes = stateBytes
        self.hiddenSize = hiddenSize
        self.digest = digest
        self.vocabularySize = vocabularySize
        self.tokenizer = tokenizer
    }

    /// - Throws: what is wrong with the directory.
    init(directory: String) throws {
        self.init(try ModelFiles(directory: directory))
    }

    package init(_ files: ModelFiles) {
        digest = files.digest
        vocabularySize = files.configuration.paddedVocabularySize
        tokenizer = files.tokenizer
        stateBytes = files.configuration.stateBytes
        hiddenSize = files.configuration.hiddenSize
    }

    /// How documents of a task are cut into steps.
    /// - Parameter texts: that each is made of.
    func plan(of task: Job.Task, chunkTokens: Int, texts: Int = 1) -> StepPlan {
        let (embeddingBytes, isMore) = hiddenSize.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
        return StepPlan(
            chunkTokens: chunkTokens, task, stateBytes: stateBytes, embeddingBytes: isMore ? .max : embeddingBytes,
            texts: texts)
    }
}
