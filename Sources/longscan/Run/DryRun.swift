import Checkpoints
import Coordination
import Documents
import Foundation
import Inference
import JobRuns
import Jobs
import Kernels
import ModelFiles
import Passes
import Tokenization

/// The dry run of a job: it counts documents and tokens and estimates the time.
struct DryRun {
    private static let sampleTokens = 4096

    let job: Job
    /// The lanes of all workers.
    let lanes: Int
    let rerun: Rerun?
    let limits: DocumentReader.Limits

    private struct Counts {
        var documents = 0
        var problems: [Problem] = []
        var problemCount = 0
        var tokens = 0
    }

    /// A document that would be an error row.
    struct Problem: Encodable {
        var source: String
        var code: String
        var message: String
    }

    /// The report of `--dry-run`; with `--json` an object of these members, in snake case.
    struct Report: Encodable {
        var task: String
        var model: String
        var dtype: String
        var output: String
        var inputFiles: Int
        var inputBytes: Int
        var passedOver: PassedOver
        var documents: Int
        var errorRows: Int
        /// The first of the error rows.
        var errors: [Problem]
        var tokens: Int
        /// The most tokens that will be generated.
        var tokensToGenerate: Int
        var lanes: Int
        /// The speed of one lane.
        var tokensPerSecond: Double
        /// The time to read all tokens.
        var seconds: Double
        /// The forecast of a job that was begun or done before; `nil` for any other.
        var state: String?
    }

    /// - Parameter print: a function that takes the report, also of a job that is then refused.
    /// - Throws: the error for which a run would be refused, too.
    func report(_ print: (Report) throws -> Void) throws {
        let files = try ModelFiles(directory: job.model)
        try files.requireHead(for: job.task)
        try JobPaths(output: job.output).checkPlaces(of: job)
        let forecast = try JobPreparation(
            JobRequest.id(of: job), job, model: ModelSummary(files), rerun: rerun, limits: limits
        ).forecast()
        let inputs = try InputFiles(job.inputs)
        let counts = try count(inputs, files)
        let generated = generatedTokens(counts)
        let perSecond = try tokensPerSecond(files)
        // A generated token costs more than a read one. The estimate leaves it out and says so, instead of guessing.
        let seconds = Double(counts.tokens) / (perSecond * Double(min(lanes, max(1, counts.documents))))
        let report = Report(
            task: job.task.name, model: job.model, dtype: job.dataType.rawValue, output: job.output,
            inputFiles: inputs.fileCount, inputBytes: inputs.byteCount,
            passedOver: inputs.passedOver, documents: counts.documents,
            errorRows: counts.problemCount, errors: counts.problems, tokens: counts.tokens, tokensToGenerate: generated,
            lanes: lanes, tokensPerSecond: perSecond, seconds: seconds, state: forecast?.text)
        try print(report)
        if let refusal = forecast?.refusal { throw refusal }
    }

    private func count(_ inputs: InputFiles, _ files: ModelFiles) throws -> Counts {
        let summary = ModelSummary(files)
        var counts = Counts()
        var reader = DocumentReader(
            inputs, vocabularySize: files.configuration.paddedVocabularySize, limits: limits)
        var stream = files.tokenizer?.stream()
        var batch = TokenBatch()
        var tokens = 0
        // Each identity takes 16 bytes, so that many documents need little memory.
        var identities: Set<DocumentDigest> = []
        func problem(_ source: String, _ problem: InputProblem) {
            counts.problemCount += 1
            guard counts.problems.count < 10 else { return }
            counts.problems.append(
                Problem(source: source, code: problem.code.rawValue, message: problem.message))
        }
        var source = ""
        while let event = try reader.next() {
            switch event {
            case .begin(let header):
                (source, tokens) = (header.source, 0)
                do throws(InputProblem) {
                    _ = try header.task(of: job.task, summary)
                    guard identities.insert(DocumentDigest(header)).inserted else {
                        throw InputProblem(.duplicateID, "an earlier document has the \(header.name) already")
                    }
                } catch let found {
                    problem(source, found)
                    reader.skipDocument()
                }
            case .text(let text):
                stream?.append(text, into: &batch)
            case .tokens(let ids):
                tokens += ids.count
            case .nextText:
                stream?.finish(into: &batch)
            case .end:
                stream?.finish(into: &batch)
                tokens += batch.ids.count
                batch.removeAll()
                counts.tokens += tokens
                if tokens > 0 {
                    counts.documents += 1
                } else {
                    problem(source, InputProblem(.emptyDocument, "\(InferenceError.emptyDocument)"))
                }
            case .abandoned(let found):
                stream = files.tokenizer?.stream()
                problem(source, found)
            case .rejected(let header, let found):
                problem(header.source, found)
            }
            tokens += batch.ids.count
            batch.removeAll()
        }
        return counts
    }

    private func generatedTokens(_ counts: Counts) -> Int {
        StepPlan(job).generation?.tokens(texts: counts.documents) ?? 0
    }

    /// The tokens per second of one lane, measured on this machine.
    private func tokensPerSecond(_ files: ModelFiles) throws -> Double {
        let model = try Model(files: files, dataType: DataType(job.dataType))
        let lane = Lane(model: model)
        let limit = Int32(clamping: files.configuration.vocabularySize)
        let tokens = (0..<Self.sampleTokens).map { Int32($0 &* 7919) % limit }
        var pass = DocumentPass(model: model, task: job.task, documentID: "")
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try pass.read(tokens, isLast: false, on: lane) }
        return Double(Self.sampleTokens) / time.seconds
    }
}

extension DryRun.Report {
    /// The report for people.
    var text: String {
        var lines = [
            "task        \(task) with \(model) in \(dtype)",
            "inputs      \(inputFiles.grouped) files, \(inputBytes.grouped) bytes"
                + (passedOver.files > 0 ? "; \(passedOver)" : ""),
            "documents   \(documents.grouped), and \(errorRows.grouped) that would be error rows",
            "tokens      \(tokens.grouped)",
        ]
        if tokensToGenerate > 0 { lines.append("to generate \(tokensToGenerate.grouped) tokens at most") }
        lines += [
            "output      \(output)",
            "time        about \(seconds.clockText) to read them, at \(Int(tokensPerSecond).grouped) tokens/s for each "
                + "of \(lanes) lanes",
        ]
        if let state { lines.append("state       \(state)") }
        lines += errors.map { "error row   \($0.source): \($0.message)" }
        if errorRows > errors.count { lines.append("            and \((errorRows - errors.count).grouped) more") }
        return lines.joined(separator: "\n") + "\n"
    }
}
