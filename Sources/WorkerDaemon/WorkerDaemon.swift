public import Coordination
public import Jobs
public import Logging
public import Passes
import Threads
public import ZeroMQ

/// The worker's daemon: the thread that owns the socket, passes events to the worker's state machine and carries out
/// its actions, and a compute thread for each lane. All decisions are made by ``Coordination/WorkerMachine``.
public final class WorkerDaemon {
    /// The reason why a worker ended by itself.
    public struct Dismissal: Error, CustomStringConvertible {
        public let refused: CoordinatorMessage.Refused
        public var description: String { "the coordinator refused this worker: \(refused.failure)" }
    }

    /// An error for a lane that makes no progress. Only the end of the process can stop it.
    public struct StuckLane: Error, CustomStringConvertible {
        public let lane: Int
        public var description: String {
            "lane \(lane) has computed for \(Limits.laneSilence.components.seconds) seconds without progress"
        }
    }

    enum Notice: Sendable {
        case computed(LaneResult)
        case handedBack(PeerMessage.Handback)
        case stop
    }

    private enum End { case reconnect, exit }

    /// The silence before the first warning that no coordinator answers, and between further warnings.
    private static let warningInterval = Duration.seconds(5)
    /// The most jobs that are remembered as logged. A job that is forgotten may be logged again.
    private static let mostKnownJobs = 1000

    let endpoint: String
    let keys: ClientKeys?
    private let name: String
    let logger: Logger
    private let context: Context
    private let notices: Mailbox<Notice>
    private let lanes: [LaneThread]
    private let start = ContinuousClock.now
    private var machine: WorkerMachine
    private var grants: [LeaseID: LeaseGrant] = [:]
    /// The passes of leases that have no step on a lane.
    private var passes: [LeaseID: DocumentPass] = [:]
    private var nextWarning = Instant(sinceStart: warningInterval)
    /// Whether a handshake has failed since the last warning.
    var hasHandshakeFailed = false
    /// The jobs of which a document came.
    private var knownJobs: Set<JobID> = []

    /// - Parameters:
    ///   - endpoint: the coordinator's endpoint, `tcp://HOST:PORT`.
    ///   - keys: the worker's keys; `nil`: unencrypted, to a coordinator that lets everybody in.
    ///   - name: the worker's name in logs and status.
    ///   - batch: the documents that a lane works on side by side, from 1 to the capacity of a pass over the weights.
    ///   - device: the device that computes.
    ///   - models: the places of models on this machine.
    ///   - dataTypes: the data types of the jobs that this worker takes. It refuses others.
    ///   - profile: the profile of the device's arithmetic in every data type; `nil`: the device tells it.
    /// - Throws: `ThreadError`, `ZeroMQError`, or the reason why the device cannot compute.
    public init(
        connect endpoint: String, keys: ClientKeys? = nil, name: String, lanes laneCount: Int,
        batch: Int = Limits.documentsPerLane, device: any Device, models: ModelPlaces,
        dataTypes: Set<Job.DataType> = Set(Job.DataType.allCases), profile: String? = nil, logger: Logger
    ) throws {
        self.endpoint = endpoint
        self.keys = keys
        self.name = name
        self.logger = logger
        context = try Context()
        let notices = try Mailbox<Notice>()
        self.notices = notices
        let store = ModelStore(device: device, places: models, dataTypes: dataTypes)
        var lanes: [LaneThread] = []
        for number in 0..<laneCount {
            lanes.append(
                try LaneThread(number: number, models: store) { notices.post($0) })
        }
        self.lanes = lanes
        let hello = PeerMessage.Hello(
            name: name, instance: .random(in: .min ... .max), lanes: laneCount, batch: batch,
            credit: laneCount * (batch + 1), rowsPerPass: device.capacity.rowsPerPass,
            stateBytes: device.capacity.stateBytes, profile: try profile ?? device.profile())
        machine = WorkerMachine(hello: hello, now: Instant())
    }

    /// A switch that ends ``run()`` from any thread.
    public var stopSwitch: StopSwitch { StopSwitch(notices: notices) }

    public struct StopSwitch: Sendable {
        let notices: Mailbox<Notice>

        public func stop() {
            notices.post(.stop)
        }
    }

    /// Works until told to stop.
    /// - Throws: ``Dismissal``, ``StuckLane``, or `ZeroMQError` if the endpoint is malformed.
    public func run() throws {
        while try serve() == .reconnect {
            logger.warning("the coordinator is silent: connecting again", metadata: ["coordinator": "\(endpoint)"])
        }
        for lane in lanes { lane.orders.close() }
    }

    /// Works on one connection.
    private func serve() throws -> End {
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.maxFrameCount = Limits.framesPerMessage
        options.sendHighWaterMark = 64
        options.receiveHighWaterMark = 64
        options.curve = keys?.role
        options.heartbeat = SocketOptions.Heartbeat(
            interval: Limits.heartbeatInterval, timeout: Limits.connectionSilence, timeToLive: Limits.connectionSilence)
        let socket = try Socket(.dealer, in: context, options: options)
        let monitor = try SocketMonitor(socket)
        try connect(socket)
        var outbox = Outbox()
        var poller = Poller()
        let messages = poller.add(socket)
        let noticed = poller.add(notices)
        let handshakes = poller.add(monitor)
        while true {
            poller.setInterest(outbox.isEmpty ? .readable : [.readable, .writable], of: messages)
            let ready = try poller.wait(timeout: now.duration(to: machine.nextDeadline))
            var end: End?
            if ready.contains(messages) {
                while let message = try receive(socket) {
                    end = try end ?? perform(.message(message), &outbox)
                }
            }
            if ready.contains(handshakes) { try watchHandshakes(monitor) }
            if ready.contains(noticed) {
                for notice in notices.drain() { end = try end ?? handle(notice, &outbox) }
            }
            if machine.nextDeadline <= now {
                end = try end ?? perform(.tick(progress: lanes.map(\.progress.value)), &outbox)
            }
            try outbox.send(on: socket)
            warnOfSilence()
            if let end { return end }
        }
    }

    private func connect(_ socket: borrowing Socket) throws(ZeroMQError) {
        do throws(ZeroMQError) {
            try socket.connect(to: endpoint)
        } catch {
            // The host's name may be known soon: where machines start together, this one may be the first. The next
            // connection looks it up again.
            guard error.code == .hostUnreachable else { throw error }
            logger.warning("\(error)")
        }
    }

    private var now: Instant { Instant(sinceStart: start.duration(to: .now)) }

    /// The next message that can be decoded.
    private func receive(_ socket: borrowing Socket) throws -> CoordinatorMessage? {
        while let message = try socket.receive() {
            do {
                return try FrameCoding.coordinatorMessage(
                    from: message.frames.map { FrameBytes(count: $0.count, read: $0.prefix) })
            } catch {
                logger.warning("ignored a message", metadata: ["reason": "\(error)"])
            }
        }
        return nil
    }

    private func handle(_ notice: Notice, _ outbox: inout Outbox) throws -> End? {
        switch notice {
        case .stop:
            return try perform(.stop, &outbox)
        case .computed(let result):
            if grants[result.lease] != nil { passes[result.lease] = result.pass }
            let event = WorkerEvent.stepComputed(
                lane: result.lane, result.lease, number: result.number, result.computed)
            return try perform(event, &outbox)
        case .handedBack(let handback):
            // The lease has ended if there was another connection meanwhile.
            if grants[handback.lease] != nil { outbox.append(.handback(handback)) }
            return nil
        }
    }

    private func perform(_ event: WorkerEvent, _ outbox: inout Outbox) throws -> End? {
        var end: End?
        let wasJoined = machine.isJoined
        let actions = machine.handle(event, at: now)
        if machine.isJoined, !wasJoined {
            logger.info("joined", metadata: ["worker": "\(name)", "coordinator": "\(endpoint)"])
        }
        for action in actions {
            switch action {
            case .send(let message):
                note(message)
                outbox.append(message)
            case .open(let grant):
                note(grant)
                grants[grant.lease] = grant
            case .compute(let lane, let step):
                guard let grant = grants[step.lease] else { continue }
                let pass = passes.removeValue(forKey: step.lease)
                lanes[lane].orders.post(.compute(LaneTask(grant: grant, pass: pass, step: step)))
                // The snapshot is needed only once, and can be large.
                grants[step.lease]?.snapshot = nil
            case .endGenerating:
                for lane in lanes { lane.orders.post(.endGenerating) }
            case .handBack(let lease, let nextStep):
                // A large state takes its time to be written down, and heartbeats must go on.
                let lane = lanes[Int(lease.token % UInt64(lanes.count))]
                lane.orders.post(.handBack(lease, nextStep: nextStep, passes[lease]))
            case .close(let lease):
                grants[lease] = nil
                passes[lease] = nil
            case .reconnect:
                end = .reconnect
            case .fail(let refused):
                throw Dismissal(refused: refused)
            case .giveUp(let lane):
                throw StuckLane(lane: lane)
            case .exit:
                end = .exit
            }
        }
        return end
    }

    /// Logs a job when its first document comes.
    private func note(_ grant: LeaseGrant) {
        if knownJobs.count >= Self.mostKnownJobs { knownJobs = [] }
        guard knownJobs.insert(grant.document.job).inserted else { return }
        logger.info(
            "takes a job's documents",
            metadata: [
                "job": "\(grant.document.job)", "task": "\(grant.task.name)", "model": "\(grant.model.directory)",
                "dtype": "\(grant.model.dataType)",
            ])
    }

    private func note(_ message: PeerMessage) {
        guard case .refusal(let refusal) = message else { return }
        let job = grants[refusal.lease].map { "\($0.document.job)" } ?? "unknown"
        logger.notice(
            "refuses a \(refusal.subject.rawValue)", metadata: ["job": "\(job)", "reason": "\(refusal.failure)"])
    }

    private func warnOfSilence() {
        if machine.isJoined {
            nextWarning = now.advanced(by: Self.warningInterval)
        } else if nextWarning <= now {
            nextWarning = now.advanced(by: Self.warningInterval)
            logger.warning(
                hasHandshakeFailed ? "\(KeyDisagreement.handshake(endpoint))" : "no coordinator answers yet",
                metadata: ["coordinator": "\(endpoint)"])
            hasHandshakeFailed = false
        }
    }
}

/// The messages that the socket has not taken yet, the oldest first. Results and the last hello wait here for a
/// connection. Heartbeats do not wait, because they are repeated anyway.
private struct Outbox {
    private var messages: [PeerMessage] = []

    var isEmpty: Bool { messages.isEmpty }

    mutating func append(_ message: PeerMessage) {
        if case .hello = message { messages.removeAll { if case .hello = $0 { true } else { false } } }
        messages.append(message)
    }

    mutating func send(on socket: borrowing Socket) throws {
        while let message = messages.first {
            guard try socket.send(FrameCoding.frames(of: message).map { Frame($0) }) == .sent else { break }
            messages.removeFirst()
        }
        messages.removeAll { if case .heartbeat = $0 { true } else { false } }
    }
}
