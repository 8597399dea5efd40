import Coordination
import CoordinatorDaemon
import Documents
import Foundation
import Inference
import Jobs
import Kernels
import Mamba
import Tokenization

/// What a job would be, without doing it: its documents and tokens counted, its time estimated.
struct DryRun {
    private static let sampleTokens = 4096

    let job: Job
    /// Of all workers.
    let lanes: Int
    let rerun: Rerun?
    let limits: DocumentReader.Limits

    private struct Counts {
        var documents = 0
        var problems: [String] = []
        var problemCount = 0
        var tokens = 0
    }

    func report() throws {
        let files = try ModelFiles(directory: job.model)
        try files.requireHead(for: job.task)
        let forecast = try JobPreparation(
            JobRequest.id(of: job), job, model: ModelSummary(files), rerun: rerun
        ).forecast()
        let inputs = try InputFiles(job.inputs)
        let counts = try count(inputs, files)
        let generated = generatedTokens(counts)
        let perSecond = try tokensPerSecond(files)
        // A generated token costs more than a read one; the estimate says what it is made of instead of guessing.
        let seconds = Double(counts.tokens) / (perSecond * Double(min(lanes, max(1, counts.documents))))
        var lines = [
            "task        \(job.task.name) with \(job.model) in \(job.dataType.rawValue)",
            "inputs      \(inputs.fileCount.grouped) files, \(inputs.byteCount.grouped) bytes"
                + (inputs.passedOver.files > 0 ? "; \(inputs.passedOver)" : ""),
            "documents   \(counts.documents.grouped), and \(counts.problemCount.grouped) that would be error rows",
            "tokens      \(counts.tokens.grouped)",
            "output      \(job.output)",
            "time        about \(seconds.clockText) to read them, at \(Int(perSecond).grouped) tokens/s for each of "
                + "\(lanes) lanes",
        ]
        if generated > 0 { lines.insert("to generate \(generated.grouped) tokens at most", at: 4) }
        if let forecast { lines.append("state       \(forecast.text)") }
        lines += counts.problems.map { "error row   \($0)" }
        try StandardOutput.write(lines.joined(separator: "\n") + "\n")
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
        // 16 bytes for each, so that memory hardly follows their count.
        var identities: Set<DocumentDigest> = []
        func problem(_ source: String, _ problem: InputProblem) {
            counts.problemCount += 1
            if counts.problems.count < 10 { counts.problems.append("\(source): \(problem.message)") }
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

    /// Measured on this machine, on one lane.
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
