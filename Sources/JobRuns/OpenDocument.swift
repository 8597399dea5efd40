import Bytes
import Coordination
package import Documents
package import Jobs
package import Tokenization

/// An open document: its tokens for the workers, and its rows as results come in.
///
/// Data that grows with the document is kept in spools. A large spool goes to a file of the work directory.
package final class OpenDocument {
    package let header: DocumentHeader
    let tokens: Spool<Int32>
    private(set) var isReadCompletely = false
    /// The SHA-256 of the bytes of the document's record, when it was read completely.
    private(set) var digest: String?
    let task: Job.Task
    /// The name of the model in rows that name it.
    private let modelName: String
    private let decoder: Tokenizer?
    /// The row of an OpenAI batch line for a completion.
    let completion: BatchCompletion?
    /// The bytes of the text so far.
    private var byteCount = 0
    /// The bytes of ``byteCount`` whose tokens begin a window of scores.
    private var unscoredBytes = 0
    /// The ends of windows, in bytes of the text.
    private let windowEnds: Spool<Int64>
    /// The text, if rows repeat it.
    private let text: Spool<UInt8>
    /// The ends of the document's texts, in tokens. Empty for a document of one text.
    private var textEnds: [Int] = []
    let rows: Spool<UInt8>
    let logProbabilities: Spool<UInt32>
    /// The flag of each token that says whether it is the likeliest: 0, 1, or `noScore`.
    let likeliest: Spool<UInt8>
    private static let noScore: UInt8 = 2
    var negativeLogLikelihood = 0.0
    var sample = Sample()
    /// The recorded tokens, read or generated.
    var tokensRecorded = 0

    /// The sample that is being generated, or the next embedding of an OpenAI batch row.
    struct Sample {
        /// The number of the sample. The samples of all texts are numbered together.
        var number = 0
        var made = BatchCompletion.Sample()
    }

    /// - Parameters:
    ///   - task: the task of this document.
    ///   - modelName: the name of the model in rows that name it.
    ///   - decoder: the tokenizer that turns generated tokens into text.
    ///   - progress: the progress of a document that an earlier run had under way.
    /// - Throws: `FileError`.
    package init(
        _ header: DocumentHeader, task: Job.Task, modelName: String, decoder: Tokenizer?, paths: JobPaths,
        progress: Progress? = nil
    ) throws(FileError) {
        let kept = progress ?? Progress()
        self.header = header
        self.task = task
        self.modelName = modelName
        self.decoder = decoder
        tokens = Spool(path: paths.spool(header.ordinal, "tokens"))
        windowEnds = Spool(path: paths.spool(header.ordinal, "windows"))
        text = Spool(path: paths.spool(header.ordinal, "text"))
        rows = try Spool(path: paths.spool(header.ordinal, "rows"), keeping: kept.rows, digest: kept.digests?.rows)
        logProbabilities = try Spool(
            path: paths.spool(header.ordinal, "logprobs"), keeping: kept.logProbabilities,
            digest: kept.digests?.logProbabilities)
        likeliest = try Spool(
            path: paths.spool(header.ordinal, "likeliest"), keeping: kept.likeliest, digest: kept.digests?.likeliest)
        if header.request != nil, case .generate(let options) = task {
            completion = try BatchCompletion(
                header, options, modelName: modelName, decoder: decoder, document: tokens, paths: paths,
                keeping: kept.completion)
        } else {
            completion = nil
        }
        take(kept)
    }

    /// Removes the document's files.
    package func removeFiles() {
        rows.remove()
        logProbabilities.remove()
        likeliest.remove()
        completion?.removeFiles()
    }

    /// Takes the next tokens of the document.
    /// - Throws: `FileError`.
    package func append(_ batch: FeedBatch) throws {
        try tokens.append(batch.ids)
        try windowEnds.append(batch.windowEnds)
        try text.append(batch.text)
        textEnds += batch.textEnds
        byteCount = batch.byteCount
        unscoredBytes = batch.unscoredBytes
        isReadCompletely = batch.isLast
        digest = batch.digest
    }

    /// Takes the result of the document's next step, which fits it (``ExpectedResult``).
    /// - Parameter tokens: the tokens that the step read or generated.
    /// - Throws: `FileError`.
    package func record(_ output: StepOutput, tokens: Int = 0) throws {
        tokensRecorded += tokens
        switch task {
        case .embed(let options):
            for embedding in output.embeddings { try add(embedding, options) }
        case .score(let options):
            negativeLogLikelihood = output.negativeLogLikelihood
            if options.per == .token { try logProbabilities.append(output.tokenLogProbabilities.map(\.bitPattern)) }
            if options.logprobs { try likeliest.append(Self.likeliestFlags(output)) }
        case .generate(let options):
            guard let generated = output.generated else { return try completion?.add(documentScores: output) ?? () }
            sample.made.add(generated)
            guard let finish = generated.finish else { return }
            if let completion {
                try completion.add(
                    sample.made, of: texts[sample.number / options.samples], finish, textEnd: generated.textEnd,
                    to: rows)
            } else {
                try rows.append(generationRow(finish, textEnd: generated.textEnd, options))
            }
            sample = Sample(number: sample.number + 1)
        }
    }

    /// All rows of the document, after its last result.
    /// - Throws: `FileError`, also if the workers were given other tokens than those that were read.
    package func finishedRows() throws -> Spool<UInt8> {
        try tokens.check()
        try windowEnds.check()
        try text.check()
        if case .score(let options) = task {
            let score = ScoreRow(
                id: header.id, sample: header.sample, tokenCount: tokens.count, byteCount: textBytes,
                nll: negativeLogLikelihood, windows: options.windowTokens == nil ? nil : scored(options.windows))
            switch options.per {
            case .document: try rows.append(score.line)
            case .token: try appendTokenScores(score, saysGreedy: options.logprobs)
            }
        }
        if let batchID = header.batchID, case .embed = task {
            var row = BatchEmbeddingRow(customID: header.id, batchID: batchID, written: sample.number)
            try rows.append(row.finish(model: modelName, promptTokens: tokens.count))
        }
        try completion?.finish(to: rows)
        return rows
    }

    /// The tokens of each text of the document that are known so far.
    private var texts: [Range<Int>] {
        header.texts == 1 ? [0..<tokens.count] : zip([0] + textEnds, textEnds).map { $0..<$1 }
    }

    /// The text to which the last of so many tokens belongs.
    func text(ofTokens count: Int) -> TextOfDocument {
        let samples = if case .generate(let options) = task { options.samples } else { 1 }
        let isWhole = header.texts == 1 ? isReadCompletely && count == tokens.count : textEnds.contains(count)
        return TextOfDocument(start: textEnds.last { $0 < count } ?? 0, isWhole: isWhole, samples: max(1, samples))
    }

    /// The scored windows. The first token of each window has no score.
    private func scored(_ windows: TokenWindows) -> ScoreRow.Windows {
        .init(
            scoredTokens: tokens.count - windows.count(ofTokens: tokens.count),
            scoredBytes: textBytes.map { $0 - unscoredBytes })
    }

    /// The bytes of the text; `nil` for a document that came as tokens.
    private var textBytes: Int? { header.content == .text ? byteCount : nil }

    private func add(_ embedding: StepOutput.Embedding, _ options: EmbedOptions) throws {
        if let batchID = header.batchID {
            var row = BatchEmbeddingRow(customID: header.id, batchID: batchID, written: sample.number)
            sample.number += 1
            return try rows.append(row.append(embedding.vector, options.encoding))
        }
        guard options.windowTokens != nil else {
            let row = DocumentEmbeddingRow(
                id: header.id, sample: header.sample, embedding: embedding.vector, encoding: options.encoding,
                tokenCount: tokens.count, byteCount: textBytes)
            return try rows.append(row.line)
        }
        let bytes = try windowBytes(embedding.window)
        let row = WindowEmbeddingRow(
            id: header.id, sample: header.sample, window: embedding.window, tokens: embedding.tokens,
            bytes: bytes.map { $0.lowerBound + header.byteOffset..<$0.upperBound + header.byteOffset },
            embedding: embedding.vector, encoding: options.encoding)
        guard options.text else { return try row.write { try rows.append($0) } }
        try row.write { body in
            guard let bytes else { return }
            try self.forEachPieceOfText(bytes, body)
        } emit: {
            try rows.append($0)
        }
    }

    /// The bytes of a window in the text; `nil` for a document that came as tokens.
    private func windowBytes(_ window: Int) throws -> Range<Int>? {
        guard header.content == .text else { return nil }
        let ends = try windowEnds.elements(max(window - 1, 0)..<window + 1)
        return (window == 0 ? 0 : Int(ends[0]))..<Int(ends[ends.count - 1])
    }

    /// Calls the body with all characters whose first bytes are in a range, in pieces that cut no character.
    private func forEachPieceOfText(_ bytes: Range<Int>, _ body: ([UInt8]) throws -> Void) throws {
        let end = try characterStart(from: bytes.upperBound)
        var start = try characterStart(from: bytes.lowerBound)
        while start < end {
            let next = try characterStart(from: min(start + Self.textPieceBytes, end))
            try body(text.elements(start..<next))
            start = next
        }
    }

    private static let textPieceBytes = 64 << 10

    /// The start of the first character that begins at a place of the text or after it.
    private func characterStart(from place: Int) throws -> Int {
        // A scalar has at most three bytes after its first.
        let bytes = try text.elements(place..<min(place + 3, text.count))
        return place + (bytes.firstIndex { !$0.continuesScalar } ?? bytes.count)
    }

    private func generationRow(
        _ finish: FinishReason, textEnd: Int?, _ options: GenerateOptions
    ) -> [UInt8] {
        let made = sample.made
        var text: String?
        if let decoder {
            let bytes = made.tokens.flatMap { decoder.bytes(of: $0) ?? [] }
            text = String(decoding: bytes[..<(textEnd ?? bytes.count)], as: UTF8.self)
        }
        return GenerationRow(
            // A document may itself be a sample. Its samples get numbers such that id and sample name one row.
            id: header.id, sample: (header.sample ?? 0) * options.samples + sample.number, text: text,
            tokenIDs: made.tokens, finishReason: finish, promptTokens: tokens.count,
            completionTokens: made.tokens.count, seed: options.seed,
            logprobs: options.logprobs ? .init(tokens: made.tokens, values: made.logProbabilities) : nil
        ).line
    }

    private static func likeliestFlags(_ output: StepOutput) -> [UInt8] {
        zip(output.isLikeliest, output.tokenLogProbabilities).map { isLikeliest, logProbability in
            logProbability.isNaN ? noScore : isLikeliest ? 1 : 0
        }
    }

    private func appendTokenScores(_ score: ScoreRow, saysGreedy: Bool) throws {
        var row = TokenScoreRow(score, saysGreedy: saysGreedy)
        try tokens.forEachPiece { ids in
            row.append(tokenIDs: ids)
            try rows.append(row.takeBytes())
        }
        var isFirst = true
        try logProbabilities.forEachPiece { patterns in
            // The row itself writes null for the first token.
            row.append(logprobs: patterns.dropFirst(isFirst ? 1 : 0).map(Float.init(bitPattern:)))
            isFirst = false
            try rows.append(row.takeBytes())
        }
        isFirst = true
        try likeliest.forEachPiece { flags in
            row.append(isGreedy: flags.dropFirst(isFirst ? 1 : 0).map { $0 == Self.noScore ? nil : $0 == 1 })
            isFirst = false
            try rows.append(row.takeBytes())
        }
        try rows.append(row.finish())
    }
}

extension BatchCompletion.Sample {
    fileprivate mutating func add(_ generated: StepOutput.Generated) {
        tokens += generated.tokens
        logProbabilities += generated.logProbabilities
        topTokens += generated.top?.tokens ?? []
        topLogProbabilities += generated.top?.logProbabilities ?? []
    }
}
