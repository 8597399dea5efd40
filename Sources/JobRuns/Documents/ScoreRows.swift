import Documents
import Jobs

/// The assembler of a document's row of scores: their sum, or every token's score.
final class ScoreRows: RowAssembler {
    private static let noScore: UInt8 = 2

    private let options: ScoreOptions
    private let setting: RowSetting
    private let logProbabilities: Spool<UInt32>
    /// The flags that say whether each token is the likeliest: 0, 1, or `noScore`.
    private let likeliest: Spool<UInt8>
    private var negativeLogLikelihood: Double

    /// - Throws: `FileError`.
    init(
        _ options: ScoreOptions, _ setting: RowSetting, keeping progress: OpenDocument.Progress
    ) throws(FileError) {
        self.options = options
        self.setting = setting
        let (ordinal, digests) = (setting.header.ordinal, progress.digests)
        logProbabilities = try Spool(
            path: setting.paths.spool(ordinal, "logprobs"), keeping: progress.logProbabilities,
            digest: digests?.logProbabilities)
        likeliest = try Spool(
            path: setting.paths.spool(ordinal, "likeliest"), keeping: progress.likeliest, digest: digests?.likeliest)
        negativeLogLikelihood = Double(bitPattern: progress.negativeLogLikelihood)
    }

    private var document: ReadDocument { setting.document }
    private var tokens: Spool<Int32> { document.tokens }
    private var rows: Spool<UInt8> { setting.rows }

    func record(_ output: StepOutput) throws {
        negativeLogLikelihood = output.negativeLogLikelihood
        if options.per == .token { try logProbabilities.append(output.tokenLogProbabilities.map(\.bitPattern)) }
        if options.logprobs { try likeliest.append(Self.likeliestFlags(output)) }
    }

    func finish() throws {
        let header = setting.header
        let score = ScoreRow(
            id: header.id, sample: header.sample, tokenCount: tokens.count, byteCount: document.textBytes,
            nll: negativeLogLikelihood, windows: options.windowTokens == nil ? nil : scored(options.windows))
        switch options.per {
        case .document: try rows.append(score.line)
        case .token: try appendTokenScores(score, saysGreedy: options.logprobs)
        }
    }

    /// The scored windows. The first token of each window has no score.
    private func scored(_ windows: TokenWindows) -> ScoreRow.Windows {
        .init(
            scoredTokens: tokens.count - windows.count(ofTokens: tokens.count),
            scoredBytes: document.textBytes.map { $0 - document.unscoredBytes })
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

    func note(in progress: inout OpenDocument.Progress) {
        progress.logProbabilities = logProbabilities.count
        progress.likeliest = likeliest.count
        progress.digests?.logProbabilities = logProbabilities.digest
        progress.digests?.likeliest = likeliest.digest
        progress.negativeLogLikelihood = negativeLogLikelihood.bitPattern
    }

    func synchronize() throws {
        try logProbabilities.synchronize()
        try likeliest.synchronize()
    }

    func restart(from progress: OpenDocument.Progress) throws {
        let digests = progress.digests
        try logProbabilities.truncate(to: progress.logProbabilities, digest: digests?.logProbabilities)
        try likeliest.truncate(to: progress.likeliest, digest: digests?.likeliest)
        negativeLogLikelihood = Double(bitPattern: progress.negativeLogLikelihood)
    }

    func removeFiles() {
        logProbabilities.remove()
        likeliest.remove()
    }
}
