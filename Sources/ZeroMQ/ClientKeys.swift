/// The keys with which a client connects to a server that admits known keys: its own pair and the server's public key.
public struct ClientKeys: Sendable {
    private let keyPair: Curve.KeyPair
    private let serverKey: Curve.PublicKey

    public init(_ keyPair: Curve.KeyPair, serverKey: Curve.PublicKey) {
        self.keyPair = keyPair
        self.serverKey = serverKey
    }

    /// The client's own public key in Z85. The server's allow-list must contain it.
    public var publicKey: String { keyPair.publicKey.description }

    /// The role for the options of the client's socket.
    public var role: Curve.Role { .client(keyPair, serverKey: serverKey) }
}
