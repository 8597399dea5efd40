/// What a peer needs to talk to a server that lets the owners of known keys in: its own keys and the server's.
public struct ClientKeys: Sendable {
    private let keyPair: Curve.KeyPair
    private let serverKey: Curve.PublicKey

    public init(_ keyPair: Curve.KeyPair, serverKey: Curve.PublicKey) {
        self.keyPair = keyPair
        self.serverKey = serverKey
    }

    /// The peer's own, in Z85: what the server's allow-list must have.
    public var publicKey: String { keyPair.publicKey.description }

    /// For the options of the socket that connects.
    public var role: Curve.Role { .client(keyPair, serverKey: serverKey) }
}

/// Why no connection comes about although somebody listens, in words that say what to do.
public enum KeyDisagreement {
    /// - Parameter key: the peer's public key, in Z85.
    public static func unknownKey(_ endpoint: String, _ key: String) -> String {
        "\(endpoint) does not allow this key: \(key) is not on its allow-list"
    }

    public static func handshake(_ endpoint: String) -> String {
        "\(endpoint) and this process do not agree on keys: a coordinator with keys takes peers with --key and "
            + "--coordinator-key (its own public key), one without takes peers without"
    }
}
