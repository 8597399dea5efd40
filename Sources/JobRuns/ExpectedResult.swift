package import Coordination
package import Jobs
import Tokenization

/// The form that a step's result must have. A worker that knows the step, the task and the model can send no other.
///
/// Counts, places and ids are checked. Values are not: arithmetic that overflows gives infinities too.
package struct ExpectedResult {
    let task: Job.Task
    let work: StepPlan.Work
    let wantsSnapshot: Bool
    /// The place in the document of the text's first token. Results count tokens from there.
    let textStart: Int
    /// The count of numbers in an embedding.
    let embeddingWidth: Int
    /// The size of the vocabulary: all token ids are smaller.
    let vocabularySize: Int
    /// The tokens of the sample that earlier steps generated.
    let made: [Int32]
    private let decoder: Tokenizer?

    /// - Parameters:
    ///   - task: the task of the document.
    ///   - textStart: the place in the document of the text's first token.
    ///   - made: the tokens of the sample so far.
    package init(
        of step: AwaitedStep, _ task: Job.Task, textStart: Int = 0, made: [Int32] = [], model: ModelSummary
    ) {
        self.task = task
        self.textStart = textStart
        work = step.work
        wantsSnapshot = step.wantsSnapshot
        embeddingWidth = model.hiddenSize
        vocabularySize = model.vocabularySize
        self.made = made
        decoder = model.tokenizer
    }

    /// The reason why a result does not fit the step; `nil` if it fits.
    package func problem(of result: StepResult) -> String? {
        guard case .output(let output) = result.outcome else { return nil }
        if wantsSnapshot != (result.snapshot != nil) {
            return wantsSnapshot ? "no snapshot, which was asked for" : "a snapshot that nobody asked for"
        }
        return switch work {
        case .read(let range, let isLast):
            problem(
                of: output, reading: range.lowerBound - textStart..<range.upperBound - textStart, isLast: isLast)
        case .generate(_, let atMost):
            problem(of: output, scoring: 0..<0) ?? problem(of: output.embeddings, of: 0..<0, isLast: false)
                ?? problem(of: output.generated, atMost: atMost)
        }
    }

    /// - Parameter tokens: the tokens of the step, counted from the text's start.
    private func problem(of output: StepOutput, reading tokens: Range<Int>, isLast: Bool) -> String? {
        problem(of: output, scoring: scoredTokens(of: tokens, isLast: isLast))
            ?? problem(of: output.embeddings, of: tokens, isLast: isLast)
            ?? (output.generated == nil ? nil : "generated tokens of a step that reads")
    }

    private static func problem(_ counts: [(what: String, found: Int, expected: Int)]) -> String? {
        counts.first { $0.found != $0.expected }.map { "\($0.found) \($0.what) where \($0.expected) belong" }
    }

    // MARK: - Scores

    /// The tokens whose scores come with a step. Blocks lie on a grid that begins at the document's start and at each
    /// window of scores. Before the end of the document only full blocks are computed.
    private func scoredTokens(of tokens: Range<Int>, isLast: Bool) -> Range<Int> {
        let start = task.stateWindows.computed(ofTokens: tokens.lowerBound)
        return start..<(isLast ? tokens.upperBound : task.stateWindows.computed(ofTokens: tokens.upperBound))
    }

    private func problem(of output: StepOutput, scoring tokens: Range<Int>) -> String? {
        let isScored: Bool
        var (saysLikeliest, topCount) = (false, 0)
        switch task {
        case .embed: isScored = false
        case .score(let options): (isScored, saysLikeliest) = (true, options.logprobs)
        case .generate(let options):
            isScored = options.echo && (options.logprobs || options.topLogprobs > 0)
            topCount = isScored ? options.topLogprobs : 0
        }
        let scores = isScored ? tokens : 0..<0
        return Self.problem([
            ("log probabilities", output.tokenLogProbabilities.count, scores.count),
            ("tokens that are likeliest or not", output.isLikeliest.count, saysLikeliest ? scores.count : 0),
        ]) ?? problem(of: output.top, rows: scores.count, count: scores.isEmpty ? 0 : topCount)
            ?? zip(scores, output.tokenLogProbabilities).first { task.stateWindows.isStart($0) && !$1.isNaN }.map {
                "a log probability of token \($0.0), which nothing comes before"
            }
    }

    private func problem(of top: TopTokens?, rows: Int, count: Int) -> String? {
        Self.problem([
            ("likeliest tokens in a place", top?.count ?? 0, count),
            ("likeliest tokens", top?.tokens.count ?? 0, rows * count),
            ("log probabilities of likeliest tokens", top?.logProbabilities.count ?? 0, rows * count),
        ]) ?? unknownToken(top?.tokens ?? [], from: -1)
    }

    /// - Parameter first: the smallest valid id.
    private func unknownToken(_ tokens: [Int32], from first: Int32 = 0) -> String? {
        tokens.first { $0 < first || $0 >= vocabularySize }.map { "token \($0) of \(vocabularySize)" }
    }

    // MARK: - Embeddings

    private func problem(of embeddings: [StepOutput.Embedding], of tokens: Range<Int>, isLast: Bool) -> String? {
        let expected = embeddedWindows(of: tokens, isLast: isLast)
        if let problem = Self.problem([("embeddings", embeddings.count, expected.count)]) { return problem }
        for (embedding, window) in zip(embeddings, expected) {
            guard embedding.window == window.number, embedding.tokens == window.tokens else {
                return "window \(embedding.window) of tokens \(embedding.tokens) where \(window.number) of "
                    + "\(window.tokens) belongs"
            }
            let width = embedding.vector.count
            if let problem = Self.problem([("numbers in an embedding", width, embeddingWidth)]) { return problem }
        }
        return nil
    }

    private func embeddedWindows(of tokens: Range<Int>, isLast: Bool) -> [TokenWindows.Window] {
        if case .embed(let options) = task { options.windows.ending(in: tokens, isLast: isLast) } else { [] }
    }

    // MARK: - Generated tokens

    private func problem(of generated: StepOutput.Generated?, atMost: Int) -> String? {
        guard case .generate(let options) = task, let generated else { return "no generated tokens" }
        let count = generated.tokens.count
        if count > atMost { return "\(count) generated tokens where at most \(atMost) belong" }
        return Self.problem([("log probabilities of generated tokens", generated.logProbabilities.count, count)])
            ?? problem(of: generated.top, rows: count, count: options.topLogprobs)
            ?? unknownToken(generated.tokens) ?? problem(ofEnd: generated, atMost: atMost, options)
    }

    /// The reason why the end of a sample is wrong. A sample goes on until its last token. A worker that leaves may
    /// generate fewer tokens than asked for. A stop string ends a sample, and so does the end-of-text token, which is
    /// not part of it.
    private func problem(
        ofEnd generated: StepOutput.Generated, atMost: Int, _ options: GenerateOptions
    ) -> String? {
        let isFull = generated.tokens.count == atMost
        let isLong = made.count + generated.tokens.count == options.maxTokens
        let fits =
            switch generated.finish {
            case nil: !generated.tokens.isEmpty && !isLong
            case .length: isLong
            case .stop: !isFull || generated.textEnd != nil
            }
        guard fits else {
            return "a sample that \(generated.finish.map { "ends by its \($0)" } ?? "goes on") after "
                + "\(generated.tokens.count) of \(atMost) tokens"
        }
        guard let textEnd = generated.textEnd else { return nil }
        guard generated.finish == .stop, !options.stop.isEmpty else { return "the place of a stop string, without one" }
        let length = (made + generated.tokens).reduce(0) { $0 + (decoder?.bytes(of: $1)?.count ?? 0) }
        return (0...length).contains(textEnd) ? nil : "a text that ends at byte \(textEnd) of \(length)"
    }
}
