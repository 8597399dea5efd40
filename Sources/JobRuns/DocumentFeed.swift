import Coordination
package import Documents
package import Jobs
package import Threads
import Tokenization

/// The events that a feed sends to the storage thread.
package enum FeedEvent: Sendable {
    /// A document begins.
    /// - Parameter task: the task of the document.
    case opened(DocumentHeader, task: Job.Task)
    case batch(ordinal: Int, FeedBatch)
    /// An opened document cannot be read to its end.
    case abandoned(ordinal: Int, InputProblem)
    case rejected(DocumentHeader, InputProblem)
    /// Reading waits for a resource of the machine; `nil`: reading goes on.
    case waiting(InputError?)
    case exhausted(documents: Int)
    /// The list of inputs could not be read on, or a digest could not be recorded.
    case failed(any Error)
}

/// The next tokens of a document.
package struct FeedBatch: Sendable {
    package var ids: [Int32]
    /// The ends of the windows that end in this batch, in bytes of the text.
    package var windowEnds: [Int64] = []
    /// The bytes of the text so far.
    package var byteCount = 0
    /// The bytes of ``byteCount`` whose tokens begin a window of scores and so are not scored.
    package var unscoredBytes = 0
    /// The next bytes of the text, if rows repeat it. They may be ahead of the tokens, and are never behind them.
    package var text: [UInt8] = []
    /// The ends of texts, in tokens of the document, for a document of several texts.
    package var textEnds: [Int] = []
    /// The bytes of all inputs read so far.
    package var inputBytesRead = 0
    /// The bytes of ``inputBytesRead`` whose documents were skipped.
    package var inputBytesSkipped = 0
    /// The SHA-256 of the bytes of the document's record, with its last batch.
    package var digest: String?
    package var isLast: Bool

    package init(
        ids: [Int32], windowEnds: [Int64] = [], byteCount: Int = 0, unscoredBytes: Int = 0, text: [UInt8] = [],
        textEnds: [Int] = [], isLast: Bool
    ) {
        self.ids = ids
        self.windowEnds = windowEnds
        self.byteCount = byteCount
        self.unscoredBytes = unscoredBytes
        self.text = text
        self.textEnds = textEnds
        self.isLast = isLast
    }
}

/// The commands that a feed takes.
package enum FeedCommand: Sendable {
    /// Read until this many more documents were opened or rejected.
    case open(Int)
    /// Send another batch: one was taken.
    case took
    case stop
}

/// The feed of a job: it reads the inputs and tokenises them on a thread of its own, no farther ahead than asked.
///
/// The number of batches that were not taken yet is limited, so that a fast reader does not fill the memory.
package struct DocumentFeed: ~Copyable {
    package static let tokensPerBatch = 8192
    /// The most bytes of text in one batch. If rows repeat a text, it may come long before its tokens.
    package static let textBytesPerBatch = 64 << 10
    package static let batchesAhead = 16
    package static let hashesPerBatch = 256
    /// The longest time that reading waits for a resource of the machine. Then the job stops; it can go on later.
    package static let patience = Duration.seconds(300)
    /// The shortest and the longest pause between two tries.
    private static let pauses = Duration.milliseconds(250)...Duration.seconds(5)

    private let commands: Mailbox<FeedCommand>
    private let send: (FeedEvent) -> Void
    private let model: ModelSummary
    private let task: Job.Task
    private let isFinished: (Int) -> Bool
    private let patience: Duration
    private let record: ([Int: String]) throws -> Void
    private var digests: [Int: String] = [:]
    private var reader: DocumentReader
    private var documentsWanted = 0
    private var bytesSkipped = 0
    private var batchesAllowed = batchesAhead

    /// - Parameters:
    ///   - model: the model. Without a tokenizer, texts become error rows.
    ///   - task: the job's task.
    ///   - isFinished: tells whether a document has its rows and need not be read again.
    ///   - record: takes the SHA-256 of input files, by their places among the inputs.
    package init(
        files: any InputFileList, limits: DocumentReader.Limits = .init(), model: ModelSummary, task: Job.Task,
        isFinished: @escaping (Int) -> Bool, record: @escaping ([Int: String]) throws -> Void = { _ in },
        patience: Duration = DocumentFeed.patience, commands: Mailbox<FeedCommand>,
        send: @escaping (FeedEvent) -> Void
    ) {
        self.patience = patience
        self.record = record
        reader = DocumentReader(
            files, vocabularySize: model.vocabularySize, takesDigests: true, limits: limits)
        self.model = model
        self.task = task
        self.isFinished = isFinished
        self.commands = commands
        self.send = send
    }

    private struct Stopped: Error {}

    /// Runs until the inputs are exhausted or the feed is told to stop.
    package mutating func run() {
        var documents = 0
        do {
            while true {
                while documentsWanted == 0 { try obey(commands.wait()) }
                let bytesBefore = reader.bytesRead
                guard let event = try nextEvent() else { break }
                try keepDigests(atLeast: Self.hashesPerBatch)
                documents += 1
                switch event {
                case .rejected(let header, let problem) where !isFinished(header.ordinal):
                    documentsWanted -= 1
                    send(.rejected(header, problem))
                case .begin(let header) where !isFinished(header.ordinal):
                    documentsWanted -= 1
                    try read(header)
                default:
                    reader.skipDocument()
                    bytesSkipped += reader.bytesRead - bytesBefore
                    // The next command may come late, and a stopped job must close its ledger.
                    for command in commands.drain() { try obey(command) }
                }
            }
            try keepDigests(atLeast: 0)
            send(.exhausted(documents: documents))
        } catch is Stopped {
            // The receiver has ended.
        } catch {
            send(.failed(error))
        }
    }

    /// The next event of the reader. If a resource of the machine is short, it waits up to ``patience``.
    /// - Throws: the reason why the inputs cannot be read on; ``Stopped``.
    private mutating func nextEvent() throws -> DocumentEvent? {
        var pause = Self.pauses.lowerBound
        var waited = Duration.zero
        while true {
            do {
                let event = try reader.next()
                if waited > .zero { send(.waiting(nil)) }
                return event
            } catch {
                guard let lack = error as? InputError, lack.isOfEnvironment, waited < patience else { throw error }
                if waited == .zero { send(.waiting(lack)) }
            }
            try obey(for: pause)
            waited += pause
            pause = min(pause * 2, Self.pauses.upperBound)
        }
    }

    /// Carries out commands for a while.
    private mutating func obey(for duration: Duration) throws {
        let end = ContinuousClock.now.advanced(by: duration)
        while ContinuousClock.now < end {
            let command = commands.wait(timeout: ContinuousClock.now.duration(to: end))
            if command != nil || commands.isClosed { try obey(command) }
        }
    }

    /// Records the digests of input files for the manifest, if there are at least so many.
    private mutating func keepDigests(atLeast count: Int) throws {
        digests.merge(reader.takeDigests()) { $1 }
        guard digests.count >= count else { return }
        try record(digests)
        digests = [:]
    }

    private mutating func read(_ header: DocumentHeader) throws {
        let task: Job.Task
        do throws(InputProblem) {
            task = try header.task(of: self.task, model)
        } catch {
            send(.rejected(header, error))
            return reader.skipDocument()
        }
        send(.opened(header, task: task))
        var stream = model.tokenizer?.stream()
        var tokens = TokenBatch()
        var state = BatchState(task, texts: header.texts)
        while let event = try nextEvent() {
            switch event {
            case .text(let bytes):
                stream?.append(bytes, into: &tokens)
                state.append(text: bytes)
            case .tokens(let ids):
                tokens.ids += ids
            case .nextText, .end:
                stream?.finish(into: &tokens)
                guard state.endText(tokens) else {
                    let problem = InputProblem(.emptyDocument, "one of its texts has no tokens")
                    send(.abandoned(ordinal: header.ordinal, problem))
                    return reader.skipDocument()
                }
                if event == .end { return try post(state.batch(&tokens, isLast: true), of: header) }
            case .abandoned(let problem):
                return send(.abandoned(ordinal: header.ordinal, problem))
            case .begin, .rejected:
                preconditionFailure("a document begins after the one before has ended")
            }
            if tokens.ids.count >= Self.tokensPerBatch || state.text.count >= Self.textBytesPerBatch {
                try post(state.batch(&tokens, isLast: false), of: header)
            }
        }
    }

    private mutating func post(_ batch: FeedBatch, of header: DocumentHeader) throws {
        var batch = batch
        batch.inputBytesRead = reader.bytesRead
        batch.inputBytesSkipped = bytesSkipped
        if batch.isLast { batch.digest = reader.documentDigest() }
        try sendBatch(.batch(ordinal: header.ordinal, batch))
    }

    private mutating func sendBatch(_ event: FeedEvent) throws {
        while batchesAllowed == 0 { try obey(commands.wait()) }
        batchesAllowed -= 1
        send(event)
        for command in commands.drain() { try obey(command) }
    }

    private mutating func obey(_ command: FeedCommand?) throws {
        switch command {
        case .open(let count): documentsWanted += count
        case .took: batchesAllowed += 1
        case .stop, nil: throw Stopped()
        }
    }
}

extension DocumentHeader {
    /// The task of the document.
    ///
    /// - Throws: the reason why the task cannot be done.
    package func task(of task: Job.Task, _ model: ModelSummary) throws(InputProblem) -> Job.Task {
        let task = try request?.task(of: task, embeddingWidth: model.hiddenSize) ?? task
        guard content == .tokens || model.tokenizer != nil else {
            throw InputProblem(
                .noTokenizer,
                "the model has no tokenizer.json, which texts need: copy it into the model's directory, or give tokens"
            )
        }
        return task
    }
}

/// The counts of a document's tokens and bytes over its batches.
private struct BatchState {
    /// The windows of embeddings, and the windows of scores; `nil` if the document has none.
    private let embedded: TokenWindows?
    private let scored: TokenWindows?
    private let keepsText: Bool
    private let texts: Int
    private var tokenCount = 0
    private var byteCount = 0
    private var unscoredBytes = 0
    private(set) var text: [UInt8] = []
    private var textEnds: [Int] = []
    private var lastTextEnd = 0

    init(_ task: Job.Task, texts: Int) {
        self.texts = texts
        switch task {
        case .embed(let options):
            embedded = options.windowTokens == nil ? nil : options.windows
            (scored, keepsText) = (nil, options.text)
        case .score(let options):
            scored = options.windowTokens == nil ? nil : options.windows
            (embedded, keepsText) = (nil, false)
        case .generate: (embedded, scored, keepsText) = (nil, nil, false)
        }
    }

    mutating func append(text bytes: [UInt8]) {
        if keepsText { text += bytes }
    }

    /// Ends a text.
    /// - Parameter tokens: the tokens since the last batch.
    /// - Returns: `false` for an empty text in a document of several texts.
    mutating func endText(_ tokens: TokenBatch) -> Bool {
        guard texts > 1 else { return true }
        let end = tokenCount + tokens.ids.count
        defer {
            textEnds.append(end)
            lastTextEnd = end
        }
        return end > lastTextEnd
    }

    /// The bytes of the tokens at which windows begin.
    private func bytesOfFirstTokens(_ tokens: TokenBatch) -> Int {
        guard let scored else { return 0 }
        return scored.starts(in: tokenCount..<tokenCount + tokens.byteEnds.count).reduce(0) { bytes, start in
            let place = start - tokenCount
            return bytes + tokens.byteEnds[place] - (place == 0 ? byteCount : tokens.byteEnds[place - 1])
        }
    }

    mutating func batch(_ tokens: inout TokenBatch, isLast: Bool) -> FeedBatch {
        unscoredBytes += bytesOfFirstTokens(tokens)
        let end = tokenCount + tokens.ids.count
        let windowEnds = (embedded?.ending(in: tokenCount..<end, isLast: isLast) ?? []).map { window in
            // A token without text ends where the token before it ends.
            let place = window.tokens.upperBound - tokenCount - 1
            return Int64(tokens.byteEnds.isEmpty ? byteCount : tokens.byteEnds[place])
        }
        tokenCount = end
        byteCount = tokens.byteEnds.last ?? byteCount
        defer {
            tokens = TokenBatch()
            (text, textEnds) = ([], [])
        }
        return FeedBatch(
            ids: tokens.ids, windowEnds: windowEnds, byteCount: byteCount, unscoredBytes: unscoredBytes, text: text,
            textEnds: textEnds, isLast: isLast)
    }
}
