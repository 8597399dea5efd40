/// How many messages and connections were refused since the coordinator started, by reason.
public struct RefusalCounts {
    public enum Reason: String, CaseIterable, Sendable {
        /// No message of this protocol.
        case malformed
        /// More frames than a message has. (A frame of too many bytes ends the connection before it is read.)
        case tooManyFrames = "too_many_frames"
        /// A hello with impossible numbers.
        case badHello = "bad_hello"
        /// A hello that an earlier one of the same worker has overtaken.
        case outdatedHello = "outdated_hello"
        /// What only a worker that has said hello can say.
        case noSession = "no_session"
        /// A result of a lease that has ended, or one that was returned before.
        case lateResult = "late_result"
        /// A result, or a snapshot with it, that does not fit its step. Its worker is sent away.
        case misfitResult = "misfit_result"
        /// A key that is no longer on the allow-list.
        case notAllowed = "not_allowed"
        /// A worker's message from a client, or the other way round.
        case wrongRole = "wrong_role"
        /// A job that no job file can say.
        case badJob = "bad_job"
        /// A connection with a key that is not on the allow-list.
        case unknownKey = "unknown_key"
        /// A connection that found no room, or made room for another one.
        case tooManyConnections = "too_many_connections"
        /// A connection on which more came than a message has, and no message.
        case unfinishedMessage = "unfinished_message"
        /// A connection that does not speak this protocol, or without keys, or for another coordinator.
        case handshake
    }

    private var counts: [Reason: Int] = [:]

    /// Whether a worker of this program causes it, when connections break or a coordinator starts again.
    public static func isOrdinary(_ reason: Reason) -> Bool {
        [.outdatedHello, .noSession, .lateResult].contains(reason)
    }

    public init() {}

    /// Of every reason that occurred; `nil` if there was none.
    public var byReason: [String: Int]? {
        counts.isEmpty ? nil : Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// - Returns: whether a log should tell of it: the first ten of a reason and then ever rarer ones, lest a peer that
    ///   sends nothing else fills the disk.
    public mutating func count(_ reason: Reason) -> Bool {
        let count = counts[reason, default: 0] + 1
        counts[reason] = count
        return count <= 10 || count.nonzeroBitCount == 1
    }

    public subscript(reason: Reason) -> Int { counts[reason] ?? 0 }
}
