public import Coordination
public import ZeroMQ

/// A client's connection to a coordinator: one question at a time.
public final class CoordinatorClient {
    /// Why a question has no answer.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case refused(CoordinatorMessage.Refused)
        case noAnswer(endpoint: String, seconds: Int64)
        /// It was there, and is there no longer.
        case gone(endpoint: String, seconds: Int64)
        /// The coordinator does not let the owner of this key in.
        case keyRefused(endpoint: String, key: String)
        /// Somebody is there and no connection comes about: keys on one side only, or the key of another coordinator.
        case handshakeFailed(endpoint: String)
        /// An answer to another question.
        case strangeAnswer(endpoint: String)
        /// More than a coordinator takes.
        case jobTooLarge(bytes: Int)

        /// Why the coordinator does not do what it was asked; `nil`: nobody answers who is one.
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

    /// How long a coordinator may take to answer before it counts as not there, unless the caller says otherwise.
    public static let patience = Duration.seconds(5)
    /// How long it may take to prepare a job, as long as it is there. A question that is asked again when the job has
    /// just been prepared would begin that again.
    private static let submissionPatience = Duration.seconds(300)

    private let endpoint: String
    private let keys: ClientKeys?
    private let patience: Duration
    private var connection: ClientConnection

    /// - Parameters:
    ///   - keys: `nil`: unencrypted, to a coordinator that lets everybody in.
    ///   - patience: how long the coordinator may take to answer before it counts as not there.
    /// - Throws: `ZeroMQError` for a malformed endpoint.
    public init(endpoint: String, keys: ClientKeys? = nil, patience: Duration = patience) throws {
        self.patience = patience
        self.endpoint = endpoint
        self.keys = keys
        connection = try ClientConnection(to: endpoint, keys: keys)
    }

    /// Asks and waits for the answer. Every question may be asked again, and is when its connection breaks: submitting
    /// a job twice is submitting it once.
    /// - Throws: ``Failure`` if no answer comes, or it is a refusal.
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
                // The answer may still come, and is none to the next question.
                connection = try ClientConnection(to: endpoint, keys: keys)
                throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
            case .noConnection, .broken:
                throw Failure.noAnswer(endpoint: endpoint, seconds: patience.components.seconds)
            }
        }
    }

    /// Hands a job in.
    /// - Returns: its id, and what becomes of it.
    /// - Throws: ``Failure``.
    public func submit(
        _ submission: PeerMessage.Submission
    ) throws -> (job: JobID, acceptance: CoordinatorMessage.Acceptance) {
        let bytes = FrameCoding.frames(of: .submit(submission))[2].count
        guard bytes <= Limits.submissionBytes else { throw Failure.jobTooLarge(bytes: bytes) }
        // Whether anybody is there is known soon; opening a large model then takes the coordinator a while.
        _ = try status()
        let answer = try answer(to: .submit(submission), within: Self.submissionPatience)
        guard case .accepted(let job, let acceptance) = answer else { throw try strangeAnswer() }
        return (job, acceptance)
    }

    /// How a job, or every job, and the workers stand.
    /// - Throws: ``Failure``.
    public func status(of job: JobID? = nil) throws -> ClusterStatus {
        guard case .status(let status) = try answer(to: .status(.init(job: job)), within: patience) else {
            throw try strangeAnswer()
        }
        return status
    }

    /// Answers have come to be those of other questions: this connection has none for the next one.
    private func strangeAnswer() throws -> Failure {
        connection = try ClientConnection(to: endpoint, keys: keys)
        return .strangeAnswer(endpoint: endpoint)
    }
}
