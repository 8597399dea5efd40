import Coordination
public import ZeroMQ

/// The peers that may talk to a coordinator.
public enum Access: Sendable {
    /// Everybody who reaches the port may do everything, unencrypted: for loopback and for trusted networks.
    case everybody
    /// The owners of the keys on a list may connect, encrypted.
    /// - Parameter secretKey: the coordinator's secret key.
    case keys(Curve.SecretKey, AllowList)
}

/// The check of each message by the key that its connection has proved.
///
/// libzmq asks only once, when a connection is made. A key that is later taken off the list keeps its connection, so
/// every message is checked.
struct Gate {
    /// The ZAP domain (RFC 27). It names this coordinator's socket among others that one handler could serve.
    static let domain = "longscan"

    /// The entries of the list, by the user ids of connections; `nil` if everybody is let in.
    private var users: [String: AllowList.Entry]?

    init(_ access: Access) {
        if case .keys(_, let list) = access { users = Self.users(list) }
    }

    mutating func use(_ list: AllowList) {
        users = Self.users(list)
    }

    /// - Parameter user: the message's `User-Id`.
    /// - Returns: the roles; none for a user who is not on the list.
    func roles(of user: String?) -> Set<PeerRole> {
        guard let users else { return Set(PeerRole.allCases) }
        return user.flatMap { users[$0] }?.roles ?? []
    }

    /// The name of a key's owner, for people.
    func name(of user: String?) -> String {
        user.map { users?[$0]?.name ?? $0 } ?? "a peer without a key"
    }

    /// The user id of each key: the key itself and not its name. A name may pass to another key, and a connection of
    /// the first key must not pass with it.
    static func userIDs(_ list: AllowList) -> [Curve.PublicKey: String] {
        Dictionary(uniqueKeysWithValues: list.entries.keys.map { ($0, $0.description) })
    }

    private static func users(_ list: AllowList) -> [String: AllowList.Entry] {
        Dictionary(uniqueKeysWithValues: list.entries.map { ($0.key.description, $0.value) })
    }
}

extension PeerMessage {
    /// The role that may send the message.
    var role: PeerRole {
        switch self {
        case .hello, .heartbeat, .result, .refusal, .drain, .handback, .goodbye: .worker
        case .submit, .status: .client
        }
    }
}

extension PeerRole {
    /// The action that only this role may take, for people.
    var summary: String {
        switch self {
        case .worker: "take work"
        case .client: "submit jobs or ask for their status"
        }
    }
}
