import Coordination
public import ZeroMQ

/// Who may talk to a coordinator.
public enum Access: Sendable {
    /// Everybody who reaches the port, unencrypted, in every role: for loopback and for networks that are trusted
    /// whole.
    case everybody
    /// The owners of the keys on a list, over encrypted connections.
    /// - Parameter secretKey: the coordinator's, by which peers know it.
    case keys(Curve.SecretKey, AllowList)
}

/// Judges a message by the key that its connection has proved.
///
/// libzmq asks once, when a connection is made. A key that is taken off the list later keeps its connection, so every
/// message is judged anew.
struct Gate {
    /// The ZAP domain (RFC 27): names the coordinator's door among others that a handler could answer for.
    static let domain = "longscan"

    /// By the user id of their connections; `nil`: everybody is let in.
    private var users: [String: AllowList.Entry]?

    init(_ access: Access) {
        if case .keys(_, let list) = access { users = Self.users(list) }
    }

    mutating func use(_ list: AllowList) {
        users = Self.users(list)
    }

    /// - Parameter user: the message's `User-Id`.
    /// - Returns: none for somebody who is not on the list.
    func roles(of user: String?) -> Set<PeerRole> {
        guard let users else { return Set(PeerRole.allCases) }
        return user.flatMap { users[$0] }?.roles ?? []
    }

    /// Whom a key belongs to, for people.
    func name(of user: String?) -> String {
        user.map { users?[$0]?.name ?? $0 } ?? "somebody without a key"
    }

    /// The user id of a connection is its key and not its name: a name may pass from one key to another, and a
    /// connection of the first must not pass with it.
    static func userIDs(_ list: AllowList) -> [Curve.PublicKey: String] {
        Dictionary(uniqueKeysWithValues: list.entries.keys.map { ($0, $0.description) })
    }

    private static func users(_ list: AllowList) -> [String: AllowList.Entry] {
        Dictionary(uniqueKeysWithValues: list.entries.map { ($0.key.description, $0.value) })
    }
}

extension PeerMessage {
    /// Who may say it.
    var role: PeerRole {
        switch self {
        case .hello, .heartbeat, .result, .refusal, .drain, .handback, .goodbye: .worker
        case .submit, .status: .client
        }
    }
}

extension PeerRole {
    /// What only this role may do, for people.
    var summary: String {
        switch self {
        case .worker: "take work"
        case .client: "submit jobs or ask how they stand"
        }
    }
}
