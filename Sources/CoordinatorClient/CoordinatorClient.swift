public import Coordination
public import ZeroMQ

/// A client of a coordinator. It asks one question at a time.
public final class CoordinatorClient {
    /// The reason why a question has no answer.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case refused(CoordinatorMessage.Refused)
        case noAnswer(endpoint: String, seconds: Int64)
        /// The coordinator answered before, and no longer does.
        case gone(endpoint: String, seconds: Int64)
        /// The coordinator refuses the client's public key.
        case keyRefused(endpoint: String, key: String)
        /// A peer exists but the handshake fails: only one side has keys, or the key is that of another coordinator.
        case handshakeFailed(endpoint: String)
        /// The answer belongs to another question.
        case strangeAnswer(endpoint: String)
        /// The job exceeds the size that a coordinator accepts.
        case jobTooLarge(bytes: Int)

        /// The coordinator's reason for refusing the request; `nil` if no coordinator answered.
        public var reason: RefusalReason? {
            switch self {
            case .refused(let refused): refused.reason
            case .keyRefused, .handshakeFailed: .notAllowed
            case .noAnswer, .gone, .strangeAnswer: nil
            case .jobTooLarge: .badData
            }
        }

        public var description: String {
            switch self {
            case .refused(let refused): refused.failure.message
            case .noAnswer(let endpoint, let seconds):
                "no coordinator answers at \(endpoint) within \(seconds) seconds"
            case .gone(let endpoint, let seconds):
                "the coordinator at \(endpoint) was gone before it answered, and for \(seconds) seconds after that"
            case .keyRefused(let endpoint, let key): KeyDisagreement.unknownKey(endpoint, key)
            case .handshakeFailed(let endpoint): KeyDisagreement.handshake(endpoint)
            case .strangeAnswer(let endpoint): "\(endpoint) gave an answer to another question"
            case .jobTooLarge(let bytes):
                "input: with its \(bytes) bytes of names the job is too large, a coordinator takes "
                    + "\(Limits.submissionBytes): name directories or patterns instead of single files"
            }
        }
    }

    /// The default time in which a coordinator must answer.
    public static let patience = Duration.seconds(5)
    /// The time in which a running coordinator must prepare a job. Asking again just after the preparation would begin
    /// the preparation again.
    private static let submissionPatience = Duration.seconds(300)

    private let endpoint: String
    private let keys: ClientKeys?
    private let patience: Duration
    private var connection: ClientConnection

    /// - Parameters:
    ///   - keys: the keys; `nil` for an unencrypted connection to a coordinator that accepts every client.
    ///   - patience: the time in which the coordinator must answer.
    /// - Throws: `ZeroMQError` for a malformed endpoint.
    public init(endpoint: String, keys: ClientKeys? = nil, patience: Duration = patience) throws {
        self.patience = patience
        self.endpoint = endpoint
        self.keys = keys
        connection = try ClientConnection(to: endpoint, keys: keys)
    }

    /// The answer to a question. If its connection breaks, the question is asked again, because every question is
    /// idempotent: a job submitted twice is one job.
    /// - Throws: ``Failure`` if no answer comes, or the answer is a refusal.
    private func answer(to message: PeerMessage, within patience: Duration) throws -> CoordinatorMessage {
        let deadline = ContinuousClock.now.advanced(by: patience)
        var wasLost = false
        while true {
            let connected = ContinuousClock.now.advanced(by: self.patience)
            switch try connection.outcome(of: message, connected: connected, answered: max(connected, deadline)) {
            case .answer(.refused(let refused)):
                throw Failure.refused(refused)
            case .answer(let answer):
                return answer
            case .broken where ContinuousClock.now < deadline:
                wasLost = true
                connection = try ClientConnection(to: endpoint, keys: keys)
            case .noConnection where wasLost:
                throw Failure.gone(endpoint: endpoint, seconds: self.patience.components.seconds)
            case .noConnection(hasHandshakeFailed: true):
                throw Failure.handshakeFailed(endpoint: endpoint)
            case .noAnswer:
                // A late answer must not count as the answer to the next question.
                connection = try ClientConnection(to: endpoint, keys: keys)
                throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
            case .noConnection, .broken:
                throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
            }
        }
    }

    /// Submits a job.
    /// - Returns: the job's id and state.
    /// - Throws: ``Failure``.
    public func submit(
        _ submission: PeerMessage.Submission
    ) throws -> (job: JobID, acceptance: CoordinatorMessage.Acceptance) {
        let bytes = FrameCoding.frames(of: .submit(submission))[2].count
        guard bytes <= Limits.submissionBytes else { throw Failure.jobTooLarge(bytes: bytes) }
        // A status question shows quickly whether a coordinator runs. Opening a large model can then take a while.
        _ = try status()
        let answer = try answer(to: .submit(submission), within: Self.submissionPatience)
        guard case .accepted(let job, let acceptance) = answer else { throw try strangeAnswer() }
        return (job, acceptance)
    }

    /// The status of a job, or of all jobs, and of the workers.
    /// - Throws: ``Failure``.
    public func status(of job: JobID? = nil) throws -> ClusterStatus {
        guard case .status(let status) = try answer(to: .status(.init(job: job)), within: patience) else {
            throw try strangeAnswer()
        }
        return status
    }

    /// The error of an answer to another question. A new connection replaces this one, whose answers no longer match.
    private func strangeAnswer() throws -> Failure {
        connection = try ClientConnection(to: endpoint, keys: keys)
        return .strangeAnswer(endpoint: endpoint)
    }
}
