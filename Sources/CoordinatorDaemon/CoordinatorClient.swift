public import Coordination
public import ZeroMQ

/// A client's connection to a coordinator: one question at a time.
public final class CoordinatorClient {
    /// Why a question has no answer.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case refused(CoordinatorMessage.Refused)
        case noAnswer(endpoint: String, seconds: Int64)
        /// The coordinator does not let the owner of this key in.
        case keyRefused(endpoint: String, key: String)
        /// Somebody is there and no connection comes about: keys on one side only, or the key of another coordinator.
        case handshakeFailed(endpoint: String)
        /// An answer to another question.
        case strangeAnswer(endpoint: String)

        /// What a command ends with.
        public var exitStatus: Int32 {
            switch self {
            case .refused(let refused): refused.exitStatus
            case .keyRefused, .handshakeFailed: ExitStatus.notAllowed
            case .noAnswer, .strangeAnswer: ExitStatus.noCoordinator
            }
        }

        public var description: String {
            switch self {
            case .refused(let refused): refused.failure.message
            case .noAnswer(let endpoint, let seconds):
                "no coordinator answers at \(endpoint) within \(seconds) seconds"
            case .keyRefused(let endpoint, let key): KeyDisagreement.unknownKey(endpoint, key)
            case .handshakeFailed(let endpoint): KeyDisagreement.handshake(endpoint)
            case .strangeAnswer(let endpoint): "\(endpoint) gave an answer to another question"
            }
        }
    }

    /// How long a coordinator may take to answer before it counts as not there.
    public static let patience = Duration.seconds(5)

    private let endpoint: String
    private let keys: ClientKeys?
    private let socket: Socket
    private let monitor: SocketMonitor

    /// - Parameter keys: `nil`: unencrypted, to a coordinator that lets everybody in.
    /// - Throws: `ZeroMQError` for a malformed endpoint.
    public init(endpoint: String, keys: ClientKeys? = nil) throws {
        self.endpoint = endpoint
        self.keys = keys
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.linger = .zero
        options.curve = keys?.role
        socket = try Socket(.dealer, in: Context(), options: options)
        monitor = try SocketMonitor(socket)
        try socket.connect(to: endpoint)
    }

    /// Asks and waits for the answer. Every question may be asked again: submitting a job twice is submitting it once.
    /// - Throws: ``Failure`` if no answer comes, or it is a refusal.
    private func answer(to message: PeerMessage, within patience: Duration = patience) throws -> CoordinatorMessage {
        let deadline = ContinuousClock.now.advanced(by: patience)
        var poller = Poller()
        let item = poller.add(socket, for: .writable)
        _ = poller.add(monitor)
        var (isSent, hasHandshakeFailed) = (false, false)
        while ContinuousClock.now < deadline {
            _ = try poller.wait(timeout: ContinuousClock.now.duration(to: deadline))
            if !isSent {
                isSent = try socket.send(FrameCoding.frames(of: message).map { Frame($0) }) == .sent
                if isSent { poller.setInterest(.readable, of: item) }
            }
            hasHandshakeFailed = try watchHandshake() ?? hasHandshakeFailed
            if let reply = try socket.receive() {
                let answer = try FrameCoding.coordinatorMessage(from: reply.frames.map(\.bytes))
                if case .refused(let refused) = answer { throw Failure.refused(refused) }
                return answer
            }
        }
        if hasHandshakeFailed { throw Failure.handshakeFailed(endpoint: endpoint) }
        throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
    }

    /// - Returns: whether the last handshake failed; `nil` if there was none.
    /// - Throws: ``Failure`` when the coordinator knows us not.
    private func watchHandshake() throws -> Bool? {
        var hasFailed: Bool?
        while let (event, _) = try monitor.receive() {
            switch event {
            case .refused(status: 400):
                throw Failure.keyRefused(endpoint: endpoint, key: keys?.publicKey ?? "none")
            case .refused, .handshakeFailed: hasFailed = true
            case .handshakeSucceeded: hasFailed = false
            case .connected, .accepted, .disconnected: break
            }
        }
        return hasFailed
    }

    /// Hands a job in.
    /// - Returns: its id.
    /// - Throws: ``Failure``.
    public func submit(_ submission: PeerMessage.Submission) throws -> JobID {
        // Whether anybody is there is known soon; opening a large model then takes the coordinator a while.
        _ = try status()
        guard case .accepted(let job) = try answer(to: .submit(submission), within: .seconds(300)) else {
            throw Failure.strangeAnswer(endpoint: endpoint)
        }
        return job
    }

    /// How a job, or every job, and the workers stand.
    /// - Throws: ``Failure``.
    public func status(of job: JobID? = nil) throws -> ClusterStatus {
        guard case .status(let status) = try answer(to: .status(.init(job: job))) else {
            throw Failure.strangeAnswer(endpoint: endpoint)
        }
        return status
    }
}
