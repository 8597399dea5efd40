import Coordination
import ZeroMQ

/// A client's connection to a coordinator: one question at a time.
final class CoordinatorClient {
    /// How long a coordinator may take to answer before it counts as not there.
    static let patience = Duration.seconds(5)

    let endpoint: String
    let socket: Socket

    /// - Throws: `ZeroMQError` for a malformed endpoint.
    init(endpoint: String) throws {
        self.endpoint = endpoint
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.linger = .zero
        socket = try Socket(.dealer, in: Context(), options: options)
        try socket.connect(to: endpoint)
    }

    /// Asks and waits for the answer. Every question may be asked again: submitting a job twice is submitting it once.
    /// - Throws: `CommandFailure` if no answer comes, or it is a refusal.
    func answer(to message: PeerMessage, within patience: Duration = patience) throws -> CoordinatorMessage {
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
                if case .refused(let refused) = answer { throw CommandFailure(refused) }
                return answer
            }
        }
        throw CommandFailure(
            "no coordinator answers at \(endpoint) within \(patience.components.seconds) seconds",
            ExitStatus.noCoordinator)
    }

    /// Hands a job in.
    /// - Returns: its id.
    func submit(_ submission: PeerMessage.Submission) throws -> JobID {
        // Whether anybody is there is known soon; opening a large model then takes the coordinator a while.
        _ = try status()
        guard case .accepted(let job) = try answer(to: .submit(submission), within: .seconds(300)) else {
            throw CommandFailure("\(endpoint) gave an answer that is none to a job", ExitStatus.noCoordinator)
        }
        return job
    }

    func status(of job: JobID? = nil) throws -> ClusterStatus {
        guard case .status(let status) = try answer(to: .status(.init(job: job))) else {
            throw CommandFailure("\(endpoint) gave an answer that is none to a question", ExitStatus.noCoordinator)
        }
        return status
    }
}
