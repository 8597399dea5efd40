import Coordination
import Foundation

/// The progress of a job in one line: a bar that is redrawn on a terminal, else a line every few seconds.
struct ProgressLine {
    enum Style { case bar, lines, json, quiet }

    private static let lineInterval = Duration.seconds(5)

    let style: Style
    private let usesColor: Bool
    private let start = ContinuousClock.now
    private var rate = TokenRate()
    private var lastLine: ContinuousClock.Instant?
    private var isBarDrawn = false

    init(style: Style) {
        self.style = style
        usesColor = style == .bar && (Environment.string("NO_COLOR") ?? "").isEmpty
    }

    /// Shows the status of a job.
    /// - Parameter workers: the number of connected workers.
    mutating func show(_ job: JobStatus, workers: Int) {
        let now = ContinuousClock.now
        rate.note(job.tokensDone, at: start.duration(to: now).seconds)
        switch style {
        case .quiet:
            break
        case .bar:
            // A line of the terminal's whole width may wrap.
            let text = text(job, workers: workers).fitted(to: TerminalWidth.columns - 1, usesColor: usesColor)
            StandardError.offer("\r\u{1B}[K" + text)
            isBarDrawn = true
        case .lines:
            guard lastLine.map({ $0.duration(to: now) >= Self.lineInterval }) ?? true else { return }
            lastLine = now
            StandardError.offer(text(job, workers: workers).fitted(to: .max, usesColor: false) + "\n")
        case .json:
            guard lastLine.map({ $0.duration(to: now) >= .seconds(1) }) ?? true else { return }
            lastLine = now
            StandardError.offer(Self.json(job))
        }
    }

    /// Shows in the bar's place why there is no news; without a terminal, once in a while.
    mutating func show(silence text: String) {
        switch style {
        case .quiet, .json:
            break
        case .bar:
            StandardError.offer("\r\u{1B}[K" + text)
            isBarDrawn = true
        case .lines:
            let now = ContinuousClock.now
            guard lastLine.map({ $0.duration(to: now) >= Self.lineInterval }) ?? true else { return }
            lastLine = now
            StandardError.offer(text + "\n")
        }
    }

    /// Writes a message above the bar.
    mutating func message(_ text: String) {
        if style == .quiet || style == .json { return }
        clearBar()
        StandardError.write(text + "\n")
    }

    /// Shows the last status of a job. JSON always has it, so that a program sees the end.
    mutating func finish(_ job: JobStatus) {
        clearBar()
        if style == .json { StandardError.write(Self.json(job)) }
    }

    mutating func clearBar() {
        if isBarDrawn { StandardError.offer("\r\u{1B}[K") }
        isBarDrawn = false
    }

    private static func json(_ job: JobStatus) -> String {
        (try? PrintedJSON.line(job)) ?? ""
    }

    private func text(_ job: JobStatus, workers: Int) -> ProgressText {
        let documents = job.documentsDone + job.documentsFailed
        var text = ProgressText(task: job.task, fraction: job.fraction)
        text.add("\(documents)\(job.documentsTotal.map { "/\($0)" } ?? "") documents", .essential)
        if job.documentsFailed > 0 { text.add("\(job.documentsFailed) errors", .essential, color: .red) }
        text.add("\(job.tokensDone.grouped) tokens", .minor)
        if let perSecond = rate.perSecond { text.add("\(Int(perSecond).grouped) tokens/s", .useful) }
        if let left = rate.timeLeft(job) { text.add("\(left.clockText) left", .important) }
        text.add(workers == 1 ? "1 worker" : "\(workers) workers", .minor)
        text.reason = job.failure?.failure.message ?? job.waiting
        return text
    }
}

/// The tokens per second of the last seconds.
private struct TokenRate {
    private static let window = 10.0
    private var samples: [(seconds: Double, tokens: Int)] = []

    mutating func note(_ tokens: Int, at seconds: Double) {
        if let last = samples.last, tokens < last.tokens { samples = [] }
        samples.append((seconds, tokens))
        while samples.count > 2, samples[1].seconds < seconds - Self.window { samples.removeFirst() }
    }

    var perSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= 0.5,
            last.tokens > first.tokens
        else { return nil }
        return Double(last.tokens - first.tokens) / (last.seconds - first.seconds)
    }

    func timeLeft(_ job: JobStatus) -> Double? {
        guard let perSecond, let expected = job.expectedTokens, job.state == .running else { return nil }
        return max(0, expected - Double(job.tokensAdvanced)) / perSecond
    }
}

extension JobStatus {
    /// An estimate of the whole job's tokens: the rest of the inputs is assumed to have as many tokens per byte and per
    /// document as the part that was read.
    var expectedTokens: Double? {
        let bytes = inputBytesRead - inputBytesSkipped
        guard bytes > 0, tokensRead > 0 else { return nil }
        let known = Double(tokensRead) + Double(tokensToGenerate)
        return known + known / Double(bytes) * Double(max(0, inputBytesTotal - inputBytesRead))
    }

    var fraction: Double? {
        if state == .completed || state == .completedWithErrors { return 1 }
        return expectedTokens.map { min(1, Double(tokensAdvanced) / max(1, $0)) }
    }

    /// The notes on the cost of losses and the savings by snapshots.
    var notes: [String] {
        var notes: [String] = []
        if let waiting, state == .running { notes.append(waiting) }
        if tokensResumed > 0 { notes.append("\(tokensResumed.grouped) tokens were taken from snapshots") }
        if tokensRecomputed > 0 { notes.append("\(tokensRecomputed.grouped) tokens were computed again after losses") }
        if snapshotsRefused > 0 { notes.append("\(snapshotsRefused.grouped) snapshots could not be read") }
        return notes
    }

    /// The tokens computed or resumed from snapshots, each counted once.
    var tokensAdvanced: Int { max(0, tokensDone + tokensResumed - tokensRecomputed) }
}

extension Int {
    /// The number with commas between thousands.
    var grouped: String {
        var digits = Array(String(magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (self < 0 ? "-" : "") + String(digits)
    }
}

extension Double {
    /// The seconds as 0:07, 12:34 or 1:02:03.
    var clockText: String {
        let seconds = Int(min(self.rounded(), 1e15))
        let tail = String(format: "%02d", seconds % 60)
        if seconds < 3600 { return "\(seconds / 60):\(tail)" }
        return "\(seconds / 3600):\(String(format: "%02d", seconds / 60 % 60)):\(tail)"
    }
}
