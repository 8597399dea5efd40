package import Coordination
package import Documents
package import Jobs
package import Tokenization

/// An open document: its tokens for the workers, and its rows as results come in.
///
/// What grows with the document lives in spools, which go to files of the work directory when they are no longer small.
package final class OpenDocument {
    let header: DocumentHeader
    let tokens: Spool<Int32>
    private(set) var isReadCompletely = false
    /// SHA-256 of what it was read from, when it was read completely.
    private(set) var digest: String?
    /// Of the worker that computes it, from its first token to its last: a lost document goes on on the same.
    var profile: String?
    /// Of the worker that has it, or had it last.
    var lease: LeaseID?
    let task: Job.Task
    private let decoder: Tokenizer?
    /// The row of an OpenAI batch line for a completion.
    let completion: BatchCompletion?
    /// Bytes of the text so far.
    private var byteCount = 0
    /// Where windows end, in bytes of the text.
    private let windowEnds: Spool<Int64>
    let rows: Spool<UInt8>
    let logProbabilities: Spool<UInt32>
    /// Whether each token is the likeliest: 0 or 1, or `noScore`.
    let likeliest: Spool<UInt8>
    private static let noScore: UInt8 = 2
    var negativeLogLikelihood = 0.0
    var sample = Sample()
    /// Tokens whose results were recorded, read or made.
    var tokensRecorded = 0

    /// The continuation that is being made.
    struct Sample {
        var number = 0
        var made = BatchCompletion.Sample()
    }

    /// - Parameters:
    ///   - task: what is done with this document.
    ///   - decoder: turns generated tokens into text.
    ///   - progress: of a document that an earlier start had under way.
    /// - Throws: `FileError`.
    package init(
        _ header: DocumentHeader, task: Job.Task, decoder: Tokenizer?, paths: JobPaths, progress: Progress? = nil
    ) throws(FileError) {
        let kept = progress ?? Progress()
        self.header = header
        self.task = task
        self.decoder = decoder
        tokens = Spool(path: paths.spool(header.ordinal, "tokens"))
        windowEnds = Spool(path: paths.spool(header.ordinal, "windows"))
        rows = try Spool(path: paths.spool(header.ordinal, "rows"), keeping: kept.rows, digest: kept.digests?.rows)
        logProbabilities = try Spool(
            path: paths.spool(header.ordinal, "logprobs"), keeping: kept.logProbabilities,
            digest: kept.digests?.logProbabilities)
        likeliest = try Spool(
            path: paths.spool(header.ordinal, "likeliest"), keeping: kept.likeliest, digest: kept.digests?.likeliest)
        if header.request != nil, case .generate(let options) = task {
            completion = try BatchCompletion(
                header, options, decoder: decoder, document: tokens, paths: paths, keeping: kept.completion)
        } else {
            completion = nil
        }
        take(kept)
    }

    /// Removes the files of a document that has its rows elsewhere.
    func removeFiles() {
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
        byteCount = batch.byteCount
        isReadCompletely = batch.isLast
        digest = batch.digest
    }

    /// Takes the result of the document's next step, which fits it (``ExpectedResult``).
    /// - Parameter tokens: that the step read or made.
    /// - Throws: `FileError`.
    package func record(_ output: StepOutput, tokens: Int = 0) throws {
        tokensRecorded += tokens
        switch task {
        case .embed(let options):
            for embedding in output.embeddings {
                try rows.append(embeddingRow(embedding, options))
            }
        case .score(let options):
            negativeLogLikelihood = output.negativeLogLikelihood
            if options.per == .token { try logProbabilities.append(output.tokenLogProbabilities.map(\.bitPattern)) }
            if options.logprobs { try likeliest.append(Self.likeliestFlags(output)) }
        case .generate(let options):
            guard let generated = output.generated else { return try completion?.add(documentScores: output) ?? () }
            sample.made.add(generated)
            guard let finish = generated.finish else { return }
            if let completion {
                try completion.add(sample.made, finish, textEnd: generated.textEnd, to: rows)
            } else {
                try rows.append(generationRow(finish, textEnd: generated.textEnd, options))
            }
            sample = Sample(number: sample.number + 1)
        }
    }

    /// All rows of the document, after its last result.
    /// - Throws: `FileError`, also when the tokens that workers were given are not those that were read.
    package func finishedRows() throws -> Spool<UInt8> {
        try tokens.check()
        try windowEnds.check()
        if case .score(let options) = task {
            let score = ScoreRow(
                id: header.id, tokenCount: tokens.count, byteCount: textBytes, nll: negativeLogLikelihood)
            switch options.per {
            case .document: try rows.append(score.line)
            case .token: try appendTokenScores(score, saysGreedy: options.logprobs)
            }
        }
        try completion?.finish(to: rows)
        return rows
    }

    /// `nil` for a document that came as tokens.
    private var textBytes: Int? { header.content == .text ? byteCount : nil }

    private func embeddingRow(_ embedding: StepOutput.Embedding, _ options: EmbedOptions) throws -> [UInt8] {
        if let request = header.request {
            return BatchEmbeddingRow(
                customID: header.id, ordinal: header.ordinal, model: request.model ?? "", promptTokens: tokens.count,
                embedding: embedding.vector, encoding: options.encoding
            ).line
        }
        guard options.windowTokens != nil else {
            return DocumentEmbeddingRow(
                id: header.id, embedding: embedding.vector, encoding: options.encoding, tokenCount: tokens.count,
                byteCount: textBytes
            ).line
        }
        return WindowEmbeddingRow(
            id: header.id, window: embedding.window, tokens: embedding.tokens,
            bytes: try windowBytes(embedding.window), embedding: embedding.vector, encoding: options.encoding
        ).line
    }

    private func windowBytes(_ window: Int) throws -> Range<Int>? {
        guard header.content == .text else { return nil }
        let ends = try windowEnds.elements(max(window - 1, 0)..<window + 1)
        let start = window == 0 ? 0 : Int(ends[0])
        return start + header.byteOffset..<Int(ends[ends.count - 1]) + header.byteOffset
    }

    private func generationRow(
        _ finish: StepOutput.Generated.Finish, textEnd: Int?, _ options: GenerateOptions
    ) -> [UInt8] {
        var text: [UInt8] = []
        for token in sample.made.tokens {
            text += decoder?.bytes(of: token) ?? []
        }
        let made = sample.made
        return GenerationRow(
            id: header.id, sample: sample.number,
            text: String(decoding: text[..<(textEnd ?? text.count)], as: UTF8.self),
            finishReason: finish == .stop ? .stop : .length, promptTokens: tokens.count,
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
            // The null of the first token is the row's own.
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
