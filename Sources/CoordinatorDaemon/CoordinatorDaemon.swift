public import Coordination
public import Documents
public import JobRuns
import Jobs
import Ledger
public import Logging
import Threads
import ZeroMQ

/// The coordinator: the thread that owns the socket, steps the machine that decides and carries out what it says.
///
/// Reading and tokenising inputs happens on one thread for each job, opening models on another, and one has the files
/// of the running jobs (`JobStorage`). All of them reach this one through its mailbox. It never waits for a disk.
/// Nothing here decides: what is done with whom is the ``Coordination/Coordinator``'s.
public final class CoordinatorDaemon {
    /// What other threads tell the coordinator.
    enum Notice: Sendable {
        case stop
        case prepared(JobRequest, Result<PreparationOutcome, JobRefusal>)
        case stored([StorageReport])
        case allow(AllowList)
        /// - Parameter address: of whose key it was.
        case turnedAway(Authenticator.Refusal, address: String)
        case shutOut(TCPGate.Refusal)
    }

    /// Ends ``run()`` from any thread, with everything that is finished on the disk.
    public struct StopSwitch: Sendable {
        let notices: Mailbox<Notice>

        public func stop() {
            notices.post(.stop)
        }
    }

    /// Where the coordinator listens, with the port that the system chose for `*`.
    public let endpoint: String
    let notices: Mailbox<Notice>

    /// Messages handled before other matters get their turn.
    static let messagesPerRound = 256

    let logger: Logger
    private let context: Context
    let socket: Socket
    private let start = ContinuousClock.now
    var coordinator: Coordinator<Frame>
    /// Messages that the socket would not take yet, the oldest first. A worker's credit limits them.
    var outboxes: [WorkerID: [[Frame]]] = [:]
    var gate: Gate
    /// Before the socket, where peers come in over TCP.
    let tcpGate: TCPGate?
    /// Answers for the gate when connections are made; `nil` where everybody is let in.
    let authenticator: Authenticator?
    var refusals = RefusalCounts()
    var jobs: JobTable
    /// Jobs that do not run yet, or cannot.
    var queue = JobQueue()
    /// Who handed in the jobs of the queue.
    var requests: [JobID: [JobRequest]] = [:]
    /// When a job of the queue is to be prepared.
    var nextPreparation: Instant?
    let roots: Roots
    /// What reading the inputs of a job may hold.
    let reading: DocumentReader.Limits
    /// Jobs that the storage thread is about to begin, and where they write.
    var beginning: [JobID: String] = [:]
    /// What the machine is told after the actions in hand.
    var following: [CoordinatorEvent<Frame>] = []
    let storage: JobStorage
    /// What the storage thread is told at the end of a round.
    var commands: [StorageCommand] = []
    var isStopping = false

    /// Opens the ledger, binds the socket and takes up the jobs that were accepted and not finished.
    /// - Parameters:
    ///   - endpoint: `tcp://ADDRESS:PORT`; `*` as port lets the system choose one.
    ///   - access: who is let in.
    ///   - roots: what jobs may read and write.
    ///   - stateDirectory: where the ledger lies; made if it is not there. `nil`: accepted jobs are not remembered.
    ///   - snapshots: how often the state of a document is written down.
    ///   - reading: what reading the inputs of a job may hold.
    /// - Throws: `LedgerError`, `ZeroMQError`, `ThreadError`, `FileError`.
    public init(
        bind endpoint: String, access: Access = .everybody, roots: Roots = .everywhere, stateDirectory: String?,
        snapshots: SnapshotPolicy = SnapshotPolicy(), reading: DocumentReader.Limits = .init(), logger: Logger
    ) throws {
        self.logger = logger
        self.roots = roots
        self.reading = reading
        if let stateDirectory { try createDirectories(stateDirectory) }
        let notices = try Mailbox<Notice>()
        self.notices = notices
        storage = try JobStorage(limits: reading) { notices.post(.stored($0)) }
        jobs = JobTable()
        context = try Context()
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.maxFrameCount = Limits.framesPerMessage
        options.sendHighWaterMark = 64
        options.receiveHighWaterMark = 64
        gate = Gate(access)
        tcpGate = try TCPGate(at: endpoint, rules: Self.gateRules) { notices.post(.shutOut($0)) }
        options.isPrivate = tcpGate != nil
        authenticator = try Self.authenticator(in: context, access, tcpGate, notices, &options)
        socket = try Socket(.router, in: context, options: options)
        let bound = try socket.bind(to: tcpGate?.serverEndpoint ?? endpoint)
        self.endpoint = tcpGate?.endpoint ?? bound
        // When all threads are there: to close a database takes one of Dispatch's, which is waited for without end.
        let ledger = try CoordinatorLedger(path: stateDirectory.map { $0 + "/coordinator.sqlite" })
        coordinator = Coordinator(epoch: try ledger.nextEpoch(), snapshots: snapshots)
        storage.use(ledger)
        for json in try ledger.jobs() {
            do throws(JobRefusal) {
                take(try JobRequest(json: json), isAccepted: true)
            } catch {
                logger.error("an accepted job cannot be read", metadata: ["reason": "\(error.refused.failure)"])
            }
        }
    }

    /// How many connections are let in, and what may be on its way on each.
    private static var gateRules: GateRules {
        GateRules(
            descriptors: DescriptorLimit.current, visitorMessage: Limits.submissionBytes,
            memberMessage: Limits.messageBytes)
    }

    /// Starts to answer for the keys of an allow-list, before anybody can ask.
    private static func authenticator(
        in context: Context, _ access: Access, _ tcpGate: TCPGate?, _ notices: Mailbox<Notice>,
        _ options: inout SocketOptions
    ) throws -> Authenticator? {
        guard case .keys(let secretKey, let list) = access else { return nil }
        options.curve = .server(secretKey: secretKey, domain: Gate.domain)
        return try Authenticator(in: context, domain: Gate.domain, allowed: Gate.userIDs(list)) {
            notices.post(.turnedAway($0, address: tcpGate?.judgedAddress ?? $0.address))
        }
    }

    /// Works until told to stop.
    /// - Throws: `ZeroMQError` when the socket can no longer be used.
    public func run() throws {
        var poller = Poller()
        let messages = poller.add(socket)
        let noticed = poller.add(notices)
        let monitor = try SocketMonitor(socket)
        let connections = poller.add(monitor)
        while !isStopping {
            let ready = try poller.wait(timeout: timeout)
            if ready.contains(messages) { try receiveMessages() }
            // Who is silent is judged when what came was read.
            if let deadline = coordinator.nextDeadline, deadline <= now { step(.progress(.tick)) }
            if ready.contains(connections) { try countFailedHandshakes(monitor) }
            if ready.contains(noticed) { for notice in notices.drain() { handle(notice) } }
            retryOutboxes()
            if let due = nextPreparation, due <= now { prepareJobs() }
            tellStorage()
        }
        storage.close()
    }

    private func tellStorage() {
        storage.tell(commands)
        commands = []
    }

    public var stopSwitch: StopSwitch { StopSwitch(notices: notices) }

    var now: Instant { Instant(sinceStart: start.duration(to: .now)) }

    private var timeout: Duration? {
        var deadlines = [coordinator.nextDeadline, nextPreparation].compactMap(\.self)
        if !outboxes.isEmpty { deadlines.append(now.advanced(by: .milliseconds(10))) }
        return deadlines.min().map { now.duration(to: $0) }
    }
}
