import Documents
import JobRuns
import Jobs
import TestSupport
import Threads

/// Reads inputs with a feed that was told everything beforehand: where it would wait for more, it stops.
struct FeedReading {
    var model: ModelSummary
    var task = Job.Task.embed(EmbedOptions())
    var finished: Set<Int> = []
    var limits = DocumentReader.Limits()
    var patience = DocumentFeed.patience

    /// Says more than any test reads.
    static let everything = [FeedCommand.open(1_000_000)] + Array(repeating: .took, count: 1000)

    /// - Parameter onEvent: may tell the feed more, if the commands go on.
    func events(
        of inputs: [Job.Input], _ commands: [FeedCommand] = everything, goOn: Bool = false,
        onEvent: @escaping (FeedEvent, Mailbox<FeedCommand>) -> Void = { _, _ in }
    ) throws -> [FeedEvent] {
        let mailbox = try Mailbox<FeedCommand>()
        for command in commands { mailbox.post(command) }
        if !goOn { mailbox.close() }
        var events: [FeedEvent] = []
        let finished = finished
        var feed = DocumentFeed(
            files: try InputFiles(inputs).cursor(), limits: limits, model: model, task: task,
            isFinished: { finished.contains($0) }, patience: patience, commands: mailbox
        ) { event in
            events.append(event)
            onEvent(event, mailbox)
        }
        feed.run()
        return events
    }
}

extension [FeedEvent] {
    var batches: [FeedBatch] {
        compactMap { event in
            if case .batch(_, let batch) = event { batch } else { nil }
        }
    }

    /// The events without what batches hold, as words.
    var outline: [String] {
        map { event in
            switch event {
            case .opened(let header, _): "\(header.ordinal) opened"
            case .batch(let ordinal, let batch): "\(ordinal) \(batch.isLast ? "last batch" : "batch")"
            case .abandoned(let ordinal, let problem): "\(ordinal) abandoned: \(problem.code.rawValue)"
            case .rejected(let header, let problem): "\(header.ordinal) rejected: \(problem.code.rawValue)"
            case .waiting(let lack): lack.map { "waits: \($0)" } ?? "goes on"
            case .exhausted(let documents): "exhausted after \(documents)"
            case .failed(let error): "failed: \(error)"
            }
        }
    }
}
