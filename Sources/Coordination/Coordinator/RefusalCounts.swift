/// The counts of refused messages and connections since the coordinator started, by reason.
public struct RefusalCounts {
    public enum Reason: String, CaseIterable, Sendable {
        /// The frames are no message of this protocol.
        case malformed
        /// The message has too many frames. (A frame of too many bytes ends the connection before it is read.)
        case tooManyFrames = "too_many_frames"
        /// The hello has impossible numbers.
        case badHello = "bad_hello"
        /// A later hello of the same worker came first.
        case outdatedHello = "outdated_hello"
        /// The sender has not said hello.
        case noSession = "no_session"
        /// The result's lease has ended, or the result came before.
        case lateResult = "late_result"
        /// The result, or the snapshot with it, does not fit its step. The worker is sent away.
        case misfitResult = "misfit_result"
        /// The key is no longer on the allow-list.
        case notAllowed = "not_allowed"
        /// A client sent a worker's message, or a worker a client's.
        case wrongRole = "wrong_role"
        /// No job file could describe the job.
        case badJob = "bad_job"
        /// The connection's key is not on the allow-list.
        case unknownKey = "unknown_key"
        /// The connection found no room, or was closed to make room.
        case tooManyConnections = "too_many_connections"
        /// The connection brought more bytes than a message may have, and no whole message.
        case unfinishedMessage = "unfinished_message"
        /// The peer does not speak this protocol, has no keys, or has keys for another coordinator.
        case handshake
    }

    private var counts: [Reason: Int] = [:]

    /// Whether workers of this program cause refusals of this reason when a connection breaks or the coordinator
    /// restarts.
    public static func isOrdinary(_ reason: Reason) -> Bool {
        [.outdatedHello, .noSession, .lateResult].contains(reason)
    }

    public init() {}

    /// The count of each reason that occurred; `nil` if there was none.
    public var byReason: [String: Int]? {
        counts.isEmpty ? nil : Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// - Returns: whether to log the refusal: the first ten of a reason, then fewer and fewer. So a peer that sends
    ///   nothing else cannot fill the disk.
    public mutating func count(_ reason: Reason) -> Bool {
        let count = counts[reason, default: 0] + 1
        counts[reason] = count
        return count <= 10 || count.nonzeroBitCount == 1
    }

    public subscript(reason: Reason) -> Int { counts[reason] ?? 0 }
}
