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
