import Documents
import Jobs
import Tokenization

/// The row of an OpenAI batch line for `/v1/completions`, built from the results of steps. One row has all samples of a
/// document.
///
/// With `echo` every sample begins with the document, so the scores of the document's tokens are kept in spools too.
final class BatchCompletion {
    /// A generated sample.
    struct Sample {
        var tokens: [Int32] = []
        var logProbabilities: [Float] = []
        var topTokens: [Int32] = []
        var topLogProbabilities: [Float] = []
    }

    /// A token and its probability: the chosen token, or another likely one in its place.
    private typealias Candidate = (token: Int32, logProbability: Float)

    private let header: DocumentHeader
    private let options: GenerateOptions
    private let modelName: String
    private let decoder: Tokenizer?
    private let document: Spool<Int32>
    private let logProbabilities: Spool<UInt32>
    private let topTokens: Spool<Int32>
    private let topLogProbabilities: Spool<UInt32>
    private var row: BatchCompletionRow
    private var choices: Int
    private var completionTokens: Int

    /// - Parameters:
    ///   - decoder: the tokenizer that turns tokens into text; `nil` if tokens are named by their ids.
    ///   - document: the tokens of the document.
    ///   - lengths: the lengths of the spools that an earlier run left.
    /// - Throws: `FileError`.
    init(
        _ header: DocumentHeader, _ options: GenerateOptions, modelName: String, decoder: Tokenizer?,
        document: Spool<Int32>, paths: JobPaths, keeping lengths: Lengths? = nil
    ) throws(FileError) {
        self.header = header
        self.options = options
        self.modelName = modelName
        self.decoder = decoder
        self.document = document
        // The spool of the document's own scores already has the plain name.
        let tops = lengths?.topTokens ?? 0
        logProbabilities = try Spool(
            path: paths.spool(header.ordinal, "echo-logprobs"), keeping: lengths?.logProbabilities ?? 0,
            digest: lengths?.digests?.logProbabilities)
        topTokens = try Spool(
            path: paths.spool(header.ordinal, "top-tokens"), keeping: tops, digest: lengths?.digests?.topTokens)
        topLogProbabilities = try Spool(
            path: paths.spool(header.ordinal, "top-logprobs"), keeping: tops,
            digest: lengths?.digests?.topLogProbabilities)
        choices = lengths?.choices ?? 0
        completionTokens = lengths?.completionTokens ?? 0
        row = Self.row(of: header, modelName, written: choices)
    }

    private static func row(of header: DocumentHeader, _ modelName: String, written: Int) -> BatchCompletionRow {
        BatchCompletionRow(
            customID: header.id, batchID: header.batchID ?? "", model: modelName, written: written)
    }

    private var hasDocumentScores: Bool { options.echo && options.logprobs }

    /// The lengths of the spools, and the progress of the row.
    struct Lengths: Sendable, Codable, Equatable {
        var logProbabilities: Int
        var topTokens: Int
        /// The number of written choices; `nil` if there are none.
        var choices: Int?
        var completionTokens: Int?
        /// The SHA-256 of each spool; `nil` for an empty spool, and in records of an earlier version.
        var digests: Digests?

        struct Digests: Sendable, Codable, Equatable {
            var logProbabilities: String?
            var topTokens: String?
            var topLogProbabilities: String?
        }
    }

    var lengths: Lengths {
        Lengths(
            logProbabilities: logProbabilities.count, topTokens: topTokens.count,
            choices: choices == 0 ? nil : choices, completionTokens: choices == 0 ? nil : completionTokens,
            digests: .init(
                logProbabilities: logProbabilities.digest, topTokens: topTokens.digest,
                topLogProbabilities: topLogProbabilities.digest))
    }

    /// Synchronises the spools with the disk.
    /// - Throws: `FileError`.
    func synchronize() throws {
        try logProbabilities.synchronize()
        try topTokens.synchronize()
        try topLogProbabilities.synchronize()
    }

    /// Removes the spools.
    func removeFiles() {
        logProbabilities.remove()
        topTokens.remove()
        topLogProbabilities.remove()
    }

    /// Drops the results after these lengths; `nil` drops all results.
    /// - Throws: `FileError`.
    func restart(from lengths: Lengths?) throws {
        let digests = lengths?.digests
        try logProbabilities.truncate(to: lengths?.logProbabilities ?? 0, digest: digests?.logProbabilities)
        try topTokens.truncate(to: lengths?.topTokens ?? 0, digest: digests?.topTokens)
        try topLogProbabilities.truncate(to: lengths?.topTokens ?? 0, digest: digests?.topLogProbabilities)
        choices = lengths?.choices ?? 0
        completionTokens = lengths?.completionTokens ?? 0
        row = Self.row(of: header, modelName, written: choices)
    }

    /// Takes the scores of the document's next tokens.
    /// - Throws: `FileError`.
    func add(documentScores output: StepOutput) throws {
        guard hasDocumentScores else { return }
        try logProbabilities.append(output.tokenLogProbabilities.map(\.bitPattern))
        try topTokens.append(output.top?.tokens ?? [])
        try topLogProbabilities.append((output.top?.logProbabilities ?? []).map(\.bitPattern))
    }

    /// Takes a finished sample.
    /// - Parameters:
    ///   - prompt: the document's tokens before the sample.
    ///   - textEnd: the end of the text in the sample's bytes, if it is before their end.
    ///   - rows: the spool to which rows are written.
    /// - Throws: `FileError`.
    func add(
        _ sample: Sample, of prompt: Range<Int>, _ finish: FinishReason, textEnd: Int?,
        to rows: Spool<UInt8>
    ) throws {
        let generated = tokens(of: sample, textEnd: textEnd)
        let logprobs: BatchCompletionRow.Logprobs =
            options.logprobs ? (options.topLogprobs > 0 ? .top : .chosen) : .none
        try row.addChoice(
            finishReason: finish, logprobs: logprobs, hasText: decoder != nil,
            forEachPiece: { body in
                if self.options.echo { try self.forEachPiece(of: prompt, body) }
                try body(generated)
            },
            emit: { try rows.append($0) })
        choices += 1
        completionTokens += sample.tokens.count
    }

    /// Ends the row.
    /// - Throws: `FileError`.
    func finish(to rows: Spool<UInt8>) throws {
        try rows.append(row.finish(promptTokens: document.count, completionTokens: completionTokens))
    }

    private func forEachPiece(
        of prompt: Range<Int>, _ body: ([BatchCompletionRow.Token]) throws -> Void
    ) throws {
        var start = prompt.lowerBound
        try document.forEachPiece(of: prompt) { ids in
            defer { start += ids.count }
            guard options.logprobs else {
                return try body(ids.map { token($0, .nan, top: []) })
            }
            let count = options.topLogprobs
            let values = try logProbabilities.elements(start..<start + ids.count)
            let tops = start * count..<(start + ids.count) * count
            let (others, otherValues) = (try topTokens.elements(tops), try topLogProbabilities.elements(tops))
            try body(
                ids.indices.map { place in
                    let top = (place * count..<(place + 1) * count).map {
                        Candidate(others[$0], Float(bitPattern: otherValues[$0]))
                    }
                    return token(ids[place], Float(bitPattern: values[place]), top: top)
                })
        }
    }

    /// The tokens of the sample's text. The last of them may be cut.
    private func tokens(of sample: Sample, textEnd: Int?) -> [BatchCompletionRow.Token] {
        let count = options.logprobs ? options.topLogprobs : 0
        var tokens = sample.tokens.indices.map { place in
            let top = (place * count..<(place + 1) * count).map {
                Candidate(sample.topTokens[$0], sample.topLogProbabilities[$0])
            }
            let value = options.logprobs ? sample.logProbabilities[place] : .nan
            return token(sample.tokens[place], value, top: top)
        }
        guard let textEnd else { return tokens }
        var surplus = tokens.reduce(0) { $0 + ($1.bytes?.count ?? 0) } - textEnd
        while surplus > 0, let last = tokens.last {
            let count = last.bytes?.count ?? 0
            let cut = min(surplus, count)
            if cut == count {
                tokens.removeLast()
            } else {
                tokens[tokens.count - 1].bytes?.removeLast(cut)
            }
            surplus -= cut
        }
        return tokens
    }

    /// The row's entry for a token. OpenAI's rows list the chosen token among the likeliest, even if it is not one of
    /// them.
    private func token(_ id: Int32, _ logProbability: Float, top: [Candidate]) -> BatchCompletionRow.Token {
        var candidates = top.filter { $0.token >= 0 }
        if !candidates.isEmpty, !candidates.contains(where: { $0.token == id }) {
            candidates.append((id, logProbability))
        }
        return .init(
            id: id, bytes: decoder?.bytes(of: id), logprob: logProbability,
            top: candidates.map {
                .init(id: $0.token, bytes: decoder?.bytes(of: $0.token), logprob: $0.logProbability)
            })
    }
}
