import Coordination
package import Documents
package import Jobs
package import Threads
import Tokenization

/// What a feed tells the coordinator's thread.
package enum FeedEvent: Sendable {
    /// - Parameter task: what is done with the document.
    case opened(DocumentHeader, task: Job.Task)
    case batch(ordinal: Int, FeedBatch)
    /// The document that was opened cannot be read to its end.
    case abandoned(ordinal: Int, InputProblem)
    case rejected(DocumentHeader, InputProblem)
    /// Reading waits for what the machine lacks; `nil`: it goes on.
    case waiting(InputError?)
    case exhausted(documents: Int)
    /// The list of inputs itself could not be read on, or what was found could not be recorded.
    case failed(any Error)
}

/// The next tokens of a document.
package struct FeedBatch: Sendable {
    package var ids: [Int32]
    /// Ends of the windows that end in this batch, in bytes of the text.
    package var windowEnds: [Int64] = []
    /// Bytes of the text so far.
    package var byteCount = 0
    /// Of those, bytes of tokens that begin a window of scores, which are not scored.
    package var unscoredBytes = 0
    /// The next of the text, where rows repeat it. It may be ahead of the tokens, and is never behind them.
    package var text: [UInt8] = []
    /// Where texts end in a document of several, in tokens of the document.
    package var textEnds: [Int] = []
    /// Bytes of all inputs read so far.
    package var inputBytesRead = 0
    /// Of those, bytes of documents that were passed over.
    package var inputBytesSkipped = 0
    /// SHA-256 of what the document was read from, with its last batch.
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

/// What the coordinator's thread tells a feed.
package enum FeedCommand: Sendable {
    /// Go on until so many more documents were opened or rejected.
    case open(Int)
    /// A batch was taken; another may come.
    case took
    case stop
}

/// Reads the inputs of a job and tokenises them, on a thread of its own and no farther ahead than it is asked to.
///
/// Batches that the coordinator has not taken yet are limited, so that a fast reader fills no memory.
package struct DocumentFeed: ~Copyable {
    package static let tokensPerBatch = 8192
    /// Of a text that rows repeat: it may come long before its tokens.
    package static let textBytesPerBatch = 64 << 10
    package static let batchesAhead = 16
    package static let hashesPerBatch = 256
    /// How long reading waits for what the machine lacks; then the job stops, and can be taken up again.
    package static let patience = Duration.seconds(300)
    /// Between two tries.
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
    ///   - model: texts become error rows where it has no tokenizer.
    ///   - task: of the job.
    ///   - isFinished: documents that need not be read again.
    ///   - record: takes SHA-256 of input files, by their place among the inputs.
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
                    // It may be long until something is wanted: a job that was stopped must let go of its ledger.
                    for command in commands.drain() { try obey(command) }
                }
            }
            try keepDigests(atLeast: 0)
            send(.exhausted(documents: documents))
        } catch is Stopped {
            // Nobody listens any more.
        } catch {
            send(.failed(error))
        }
    }

    /// Waits for what the machine lacks, for as long as there is patience.
    /// - Throws: why the inputs cannot be read on; ``Stopped``.
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

    /// Obeys commands for a while.
    private mutating func obey(for duration: Duration) throws {
        let end = ContinuousClock.now.advanced(by: duration)
        while ContinuousClock.now < end {
            let command = commands.wait(timeout: ContinuousClock.now.duration(to: end))
            if command != nil || commands.isClosed { try obey(command) }
        }
    }

    /// Records what files hold, for the manifest, when there are so many.
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
    /// What a job does with the document.
    ///
    /// - Throws: why nothing can be done with it.
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

/// Counts tokens and bytes of a document over its batches.
private struct BatchState {
    /// Windows with an embedding each, and windows of scores; `nil`: the document has none.
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

    /// - Parameter tokens: those since the last batch.
    /// - Returns: `false` for one of several texts that has no tokens.
    mutating func endText(_ tokens: TokenBatch) -> Bool {
        guard texts > 1 else { return true }
        let end = tokenCount + tokens.ids.count
        defer {
            textEnds.append(end)
            lastTextEnd = end
        }
        return end > lastTextEnd
    }

    /// Bytes of the tokens at which windows begin.
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
            // Tokens that are no text, and none at all, end where the ones before do.
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
