public import Coordination
import ZeroMQ

/// A client's connection to a coordinator: one question at a time.
public final class CoordinatorClient {
    /// Why a question has no answer.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case refused(CoordinatorMessage.Refused)
        case noAnswer(endpoint: String, seconds: Int64)
        /// An answer to another question.
        case strangeAnswer(endpoint: String)

        /// What a command ends with.
        public var exitStatus: Int32 {
            if case .refused(let refused) = self { refused.exitStatus } else { ExitStatus.noCoordinator }
        }

        public var description: String {
            switch self {
            case .refused(let refused): refused.failure.message
            case .noAnswer(let endpoint, let seconds):
                "no coordinator answers at \(endpoint) within \(seconds) seconds"
            case .strangeAnswer(let endpoint): "\(endpoint) gave an answer to another question"
            }
        }
    }

    /// How long a coordinator may take to answer before it counts as not there.
    public static let patience = Duration.seconds(5)

    private let endpoint: String
    private let socket: Socket

    /// - Throws: `ZeroMQError` for a malformed endpoint.
    public init(endpoint: String) throws {
        self.endpoint = endpoint
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.linger = .zero
        socket = try Socket(.dealer, in: Context(), options: options)
        try socket.connect(to: endpoint)
    }

    /// Asks and waits for the answer. Every question may be asked again: submitting a job twice is submitting it once.
    /// - Throws: ``Failure`` if no answer comes, or it is a refusal.
    private func answer(to message: PeerMessage, within patience: Duration = patience) throws -> CoordinatorMessage {
        let deadline = ContinuousClock.now.advanced(by: patience)
        var poller = Poller()
        let item = poller.add(socket, for: .writable)
        var isSent = false
        while ContinuousClock.now < deadline {
            _ = try poller.wait(timeout: ContinuousClock.now.duration(to: deadline))
            if !isSent {
                isSent = try socket.send(FrameCoding.frames(of: message).map { Frame($0) }) == .sent
                if isSent { poller.setInterest(.readable, of: item) }
            }
            if let reply = try socket.receive() {
                let answer = try FrameCoding.coordinatorMessage(from: reply.frames.map(\.bytes))
                if case .refused(let refused) = answer { throw Failure.refused(refused) }
                return answer
            }
        }
        throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
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
