public import Coordination
public import Documents
public import JobRuns
import Jobs
import Ledger
public import Logging
import Threads
import ZeroMQ

/// The coordinator's daemon: the thread that owns the socket, passes events to the state machine and carries out its
/// actions.
///
/// Each job has a thread that reads and tokenises its inputs. Other threads open models, and one thread has the files
/// of all running jobs (`JobStorage`). All of them send notices to the mailbox of this thread, which never waits for a
/// disk. All decisions are made by ``Coordination/Coordinator``.
public final class CoordinatorDaemon {
    /// The notices of other threads.
    enum Notice: Sendable {
        case stop
        case prepared(JobRequest, Result<PreparationOutcome, JobRefusal>)
        case stored([StorageReport])
        case allow(AllowList)
        /// - Parameter address: the address of the peer.
        case turnedAway(Authenticator.Refusal, address: String)
        case shutOut(TCPGate.Refusal)
    }

    /// A switch that ends ``run()`` from any thread. All finished rows are on the disk then.
    public struct StopSwitch: Sendable {
        let notices: Mailbox<Notice>

        public func stop() {
            notices.post(.stop)
        }
    }

    /// The endpoint of the coordinator, with the port that the system chose for `*`.
    public let endpoint: String
    let notices: Mailbox<Notice>

    /// The most messages that are handled before other work gets its turn.
    static let messagesPerRound = 256

    let logger: Logger
    private let context: Context
    let socket: Socket
    private let start = ContinuousClock.now
    var coordinator: Coordinator<Frame>
    /// The messages that the socket has not taken yet, the oldest first. A worker's credit limits their number.
    var outboxes: [WorkerID: [[Frame]]] = [:]
    var gate: Gate
    /// The gate in front of the socket, if peers come over TCP.
    let tcpGate: TCPGate?
    /// The authenticator that answers the gate when connections are made; `nil` if everybody is let in.
    let authenticator: Authenticator?
    var refusals = RefusalCounts()
    var jobs: JobTable
    /// The queue of jobs that do not run.
    var queue = JobQueue()
    /// The requests of the jobs in the queue.
    var requests: [JobID: [JobRequest]] = [:]
    /// The time at which a job of the queue is to be prepared.
    var nextPreparation: Instant?
    let roots: Roots
    /// The memory limits for reading a job's inputs.
    let reading: DocumentReader.Limits
    /// The jobs that the storage thread is about to begin, with their outputs.
    var beginning: [JobID: String] = [:]
    /// The events for the state machine after the present actions.
    var following: [CoordinatorEvent<Frame>] = []
    let storage: JobStorage
    /// The commands for the storage thread at the end of a round.
    var commands: [StorageCommand] = []
    var isStopping = false

    /// Opens the ledger, binds the socket and resumes the accepted jobs that are not finished.
    /// - Parameters:
    ///   - endpoint: `tcp://ADDRESS:PORT`; `*` as port lets the system choose one.
    ///   - access: the peers that are let in.
    ///   - roots: the directories that jobs may read and write.
    ///   - stateDirectory: the directory of the ledger, created if it does not exist; `nil`: accepted jobs are not
    ///     remembered.
    ///   - snapshots: the interval at which snapshots are taken.
    ///   - reading: the memory limits for reading a job's inputs.
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
        // The ledger is opened after all threads have started: to close a database needs a thread of Dispatch, and a
        // wait for it has no limit.
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

    /// The limits of connections and of the unfinished messages on each.
    private static var gateRules: GateRules {
        GateRules(
            descriptors: DescriptorLimit.current, visitorMessage: Limits.submissionBytes,
            memberMessage: Limits.messageBytes)
    }

    /// Starts to check keys against an allow-list, before a peer can connect.
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
    /// - Throws: `ZeroMQError` if the socket can no longer be used.
    public func run() throws {
        var poller = Poller()
        let messages = poller.add(socket)
        let noticed = poller.add(notices)
        let monitor = try SocketMonitor(socket)
        let connections = poller.add(monitor)
        while !isStopping {
            let ready = try poller.wait(timeout: timeout)
            if ready.contains(messages) { try receiveMessages() }
            // Silence is judged only after all arrived messages were read.
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
