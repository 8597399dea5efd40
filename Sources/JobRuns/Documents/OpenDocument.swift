package import Documents
package import Jobs
package import Tokenization

/// An open document: the tokens for the workers, and the rows made from their results.
package final class OpenDocument {
    private let document: ReadDocument
    private let rows: Spool<UInt8>
    private let assembler: any RowAssembler
    /// The recorded tokens, read or generated.
    private(set) var tokensRecorded: Int

    /// - Parameters:
    ///   - task: the task of this document.
    ///   - modelName: the name of the model in rows that name it.
    ///   - decoder: the tokenizer that turns generated tokens into text.
    ///   - progress: the progress of an earlier run; `nil` for a new document.
    /// - Throws: `FileError`.
    package init(
        _ header: DocumentHeader, task: Job.Task, modelName: String, decoder: Tokenizer?, paths: JobPaths,
        progress: Progress? = nil
    ) throws(FileError) {
        let kept = progress ?? Progress()
        document = ReadDocument(header, task: task, paths: paths)
        rows = try Spool(path: paths.spool(header.ordinal, "rows"), keeping: kept.rows, digest: kept.digests?.rows)
        assembler = try task.rowAssembler(
            RowSetting(document: document, rows: rows, modelName: modelName, decoder: decoder, paths: paths),
            keeping: kept)
        tokensRecorded = kept.tokens
    }

    package var header: DocumentHeader { document.header }
    var task: Job.Task { document.task }
    var tokens: Spool<Int32> { document.tokens }
    /// The SHA-256 of the bytes of the document's record; `nil` before the record was read completely.
    var digest: String? { document.digest }
    /// The tokens of the sample that is being generated.
    var sampleTokens: [Int32] { assembler.sampleTokens }

    /// The text that contains the last of this many tokens.
    func text(ofTokens count: Int) -> TextOfDocument { document.text(ofTokens: count) }

    /// Takes the next tokens of the document.
    /// - Throws: `FileError`.
    package func append(_ batch: FeedBatch) throws {
        try document.append(batch)
    }

    /// Takes the result of the document's next step, which fits it (``ExpectedResult``).
    /// - Parameter tokens: the tokens that the step read or generated.
    /// - Throws: `FileError`.
    package func record(_ output: StepOutput, tokens: Int = 0) throws {
        tokensRecorded += tokens
        try assembler.record(output)
    }

    /// All rows of the document, after its last result.
    /// - Throws: `FileError`, also if the tokens that the workers were given differ from those that were read.
    package func finishedRows() throws -> Spool<UInt8> {
        try document.check()
        try assembler.finish()
        return rows
    }

    /// The present progress.
    package var progress: Progress {
        var progress = Progress()
        progress.rows = rows.count
        progress.digests = .init(rows: rows.digest)
        progress.tokens = tokensRecorded
        assembler.note(in: &progress)
        return progress
    }

    /// Synchronises the spools with the disk.
    /// - Throws: `FileError`.
    package func synchronize() throws {
        try rows.synchronize()
        try assembler.synchronize()
    }

    /// Drops the records since a snapshot, or all of them if there is none.
    /// - Throws: `FileError`.
    package func restart(from progress: Progress? = nil) throws {
        let progress = progress ?? Progress()
        try rows.truncate(to: progress.rows, digest: progress.digests?.rows)
        try assembler.restart(from: progress)
        tokensRecorded = progress.tokens
    }

    /// Removes the document's files.
    package func removeFiles() {
        rows.remove()
        assembler.removeFiles()
    }
}
