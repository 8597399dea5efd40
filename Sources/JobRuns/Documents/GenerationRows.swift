import Documents
import Jobs
import Tokenization

/// The assembler of sample rows: one for each sample, or one for all samples of an OpenAI batch line.
final class GenerationRows: RowAssembler {
    private let options: GenerateOptions
    private let setting: RowSetting
    /// The row of an OpenAI batch line for a completion.
    private let completion: BatchCompletion?
    /// The number of the sample that is being generated. The samples of all texts are numbered together.
    private var number: Int
    private var made: BatchCompletion.Sample

    /// - Throws: `FileError`.
    init(
        _ options: GenerateOptions, _ setting: RowSetting, keeping progress: OpenDocument.Progress
    ) throws(FileError) {
        self.options = options
        self.setting = setting
        number = progress.sample
        made = BatchCompletion.Sample(progress.made)
        completion =
            setting.header.request == nil
            ? nil
            : try BatchCompletion(
                setting.header, options, modelName: setting.modelName, decoder: setting.decoder,
                document: setting.document.tokens, paths: setting.paths, keeping: progress.completion)
    }

    var sampleTokens: [Int32] { made.tokens }

    func record(_ output: StepOutput) throws {
        guard let generated = output.generated else { return try completion?.add(documentScores: output) ?? () }
        made.add(generated)
        guard let finish = generated.finish else { return }
        if let completion {
            try completion.add(
                made, of: setting.document.texts[number / options.samples], finish, textEnd: generated.textEnd,
                to: setting.rows)
        } else {
            try setting.rows.append(row(finish, textEnd: generated.textEnd))
        }
        number += 1
        made = BatchCompletion.Sample()
    }

    func finish() throws {
        try completion?.finish(to: setting.rows)
    }

    private func row(_ finish: FinishReason, textEnd: Int?) -> [UInt8] {
        let header = setting.header
        var text: String?
        if let decoder = setting.decoder {
            let bytes = made.tokens.flatMap { decoder.bytes(of: $0) ?? [] }
            text = String(decoding: bytes[..<(textEnd ?? bytes.count)], as: UTF8.self)
        }
        return GenerationRow(
            // A document may itself be a sample. Its samples are numbered so that id and sample identify one row.
            id: header.id, sample: (header.sample ?? 0) * options.samples + number, text: text,
            tokenIDs: made.tokens, finishReason: finish, promptTokens: setting.document.tokens.count,
            completionTokens: made.tokens.count, seed: options.seed,
            logprobs: options.logprobs ? .init(tokens: made.tokens, values: made.logProbabilities) : nil
        ).line
    }

    func note(in progress: inout OpenDocument.Progress) {
        progress.completion = completion?.lengths
        progress.sample = number
        progress.made = OpenDocument.Progress.Made(made)
    }

    func synchronize() throws {
        try completion?.synchronize()
    }

    func restart(from progress: OpenDocument.Progress) throws {
        try completion?.restart(from: progress.completion)
        number = progress.sample
        made = BatchCompletion.Sample(progress.made)
    }

    func removeFiles() {
        completion?.removeFiles()
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

extension OpenDocument.Progress.Made {
    fileprivate init(_ sample: BatchCompletion.Sample) {
        tokens = sample.tokens
        logProbabilities = sample.logProbabilities.map(\.bitPattern)
        topTokens = sample.topTokens
        topLogProbabilities = sample.topLogProbabilities.map(\.bitPattern)
    }
}

extension BatchCompletion.Sample {
    fileprivate init(_ made: OpenDocument.Progress.Made) {
        tokens = made.tokens
        logProbabilities = made.logProbabilities.map(Float.init(bitPattern:))
        topTokens = made.topTokens
        topLogProbabilities = made.topLogProbabilities.map(Float.init(bitPattern:))
    }
}
