import Documents
import Jobs
import Tokenization

/// The rows of an open document, assembled from the results of its steps. Each task has an assembler of its own.
protocol RowAssembler: AnyObject {
    /// Takes the result of the document's next step, which fits it (``ExpectedResult``).
    /// - Throws: `FileError`.
    func record(_ output: StepOutput) throws

    /// Completes the rows after the last result.
    /// - Throws: `FileError`.
    func finish() throws

    /// The tokens of the sample that is being generated; empty for other tasks.
    var sampleTokens: [Int32] { get }

    /// Stores the assembler's part of the document's progress.
    func note(in progress: inout OpenDocument.Progress)

    /// Synchronises the assembler's spools with the disk.
    /// - Throws: `FileError`.
    func synchronize() throws

    /// Drops the results since a snapshot.
    /// - Throws: `FileError`.
    func restart(from progress: OpenDocument.Progress) throws

    /// Removes the assembler's spools.
    func removeFiles()
}

extension RowAssembler {
    var sampleTokens: [Int32] { [] }
    func finish() throws {}
    func synchronize() throws {}
    func removeFiles() {}
}

/// The context of an assembler: the document, the spool of its rows and the tokenizer.
struct RowSetting {
    let document: ReadDocument
    let rows: Spool<UInt8>
    /// The name of the model in rows that name it.
    let modelName: String
    /// The tokenizer that turns generated tokens into text.
    let decoder: Tokenizer?
    let paths: JobPaths

    var header: DocumentHeader { document.header }
}

extension Job.Task {
    /// The assembler of a document's rows.
    /// - Parameter progress: the progress of an earlier run; `nil` for a new document.
    /// - Throws: `FileError`.
    func rowAssembler(
        _ setting: RowSetting, keeping progress: OpenDocument.Progress
    ) throws(FileError) -> any RowAssembler {
        switch self {
        case .embed(let options): EmbeddingRows(options, setting, keeping: progress)
        case .score(let options): try ScoreRows(options, setting, keeping: progress)
        case .generate(let options): try GenerationRows(options, setting, keeping: progress)
        }
    }
}
