import CZeroMQ

/// CURVE: the encryption and mutual authentication of connections (ZeroMQ RFC 26, zmq_curve(7)).
///
/// A key is 32 bytes, written as 40 characters of Z85 (RFC 32).
public enum Curve {
    /// Whether the libzmq in use was built with CURVE.
    public static var isAvailable: Bool { unsafe zmq_has("curve") == 1 }

    /// A peer's public key, which identifies the peer. It is no secret.
    public struct PublicKey: Hashable, Sendable, LosslessStringConvertible {
        let bytes: [UInt8]

        /// - Parameter z85: 40 characters of Z85; nil for anything else.
        public init?(_ z85: String) {
            guard let bytes = decodeKey(z85) else { return nil }
            self.bytes = bytes
        }

        /// - Parameter bytes: 32 bytes; nil for another number.
        public init?(bytes: [UInt8]) {
            guard bytes.count == keySize else { return nil }
            self.bytes = bytes
        }

        /// The key in Z85.
        public var description: String { encodeKey(bytes) }
    }

    /// A secret key, which proves that a peer owns a public key. Its description hides it: ask for `z85`.
    public struct SecretKey: Sendable, CustomStringConvertible, CustomReflectable {
        let bytes: [UInt8]

        /// - Parameter z85: 40 characters of Z85; nil for anything else.
        public init?(_ z85: String) {
            guard let bytes = decodeKey(z85) else { return nil }
            self.bytes = bytes
        }

        public var z85: String { encodeKey(bytes) }

        public var description: String { "(secret key)" }

        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// A secret key and its public key.
    public struct KeyPair: Sendable {
        public let publicKey: PublicKey
        public let secretKey: SecretKey

        /// The pair of a known secret key.
        ///
        /// - Throws: `ZeroMQError` if libzmq was built without CURVE.
        public init(secretKey: SecretKey) throws(ZeroMQError) {
            var publicText = [CChar](repeating: 0, count: keyTextSize + 1)
            guard unsafe zmq_curve_public(&publicText, secretKey.z85) == 0 else { throw .last(.createKeyPair) }
            publicKey = PublicKey(text(publicText))!
            self.secretKey = secretKey
        }

        /// A new random pair.
        ///
        /// - Throws: `ZeroMQError` if libzmq was built without CURVE.
        public static func generate() throws(ZeroMQError) -> KeyPair {
            var publicText = [CChar](repeating: 0, count: keyTextSize + 1)
            var secretText = publicText
            guard unsafe zmq_curve_keypair(&publicText, &secretText) == 0 else { throw .last(.createKeyPair) }
            return KeyPair(publicKey: PublicKey(text(publicText))!, secretKey: SecretKey(text(secretText))!)
        }

        private init(publicKey: PublicKey, secretKey: SecretKey) {
            self.publicKey = publicKey
            self.secretKey = secretKey
        }
    }

    /// A socket's part in the handshake.
    public enum Role: Sendable {
        /// A server. It admits the clients that the domain's `Authenticator` admits, and none without one.
        case server(secretKey: SecretKey, domain: String)
        /// A client. It only connects to the owner of `serverKey`.
        case client(KeyPair, serverKey: PublicKey)

        /// The bytes that encryption adds to a frame: `\7MESSAGE`, nonce, flags and authenticator (RFC 26, "MESSAGE").
        static let overheadPerFrame = 33

        func apply(to socket: SocketHandle) throws(ZeroMQError) {
            guard Curve.isAvailable else {
                throw ZeroMQError(.setOption, code: .notSupported, detail: "ZMQ_CURVE_SERVER")
            }
            switch self {
            case .server(let secretKey, let domain):
                precondition(!domain.isEmpty, "libzmq asks no authenticator about an empty domain")
                try socket.set(ZMQ_CURVE_SERVER, "ZMQ_CURVE_SERVER", to: CInt(1))
                try socket.set(ZMQ_CURVE_SECRETKEY, "ZMQ_CURVE_SECRETKEY", to: secretKey.bytes)
                try socket.set(ZMQ_ZAP_DOMAIN, "ZMQ_ZAP_DOMAIN", to: Array(domain.utf8))
                // Without this option, a domain without a handler admits everybody who knows the server's public key.
                try socket.set(ZMQ_ZAP_ENFORCE_DOMAIN, "ZMQ_ZAP_ENFORCE_DOMAIN", to: CInt(1))
            case .client(let keyPair, let serverKey):
                try socket.set(ZMQ_CURVE_SERVERKEY, "ZMQ_CURVE_SERVERKEY", to: serverKey.bytes)
                try socket.set(ZMQ_CURVE_PUBLICKEY, "ZMQ_CURVE_PUBLICKEY", to: keyPair.publicKey.bytes)
                try socket.set(ZMQ_CURVE_SECRETKEY, "ZMQ_CURVE_SECRETKEY", to: keyPair.secretKey.bytes)
            }
        }
    }
}

private let keySize = 32
private let keyTextSize = 40

private func encodeKey(_ bytes: [UInt8]) -> String {
    var characters = [CChar](repeating: 0, count: keyTextSize + 1)
    precondition(unsafe zmq_z85_encode(&characters, bytes, keySize) != nil, "a key has \(keySize) bytes")
    return text(characters)
}

private func decodeKey(_ z85: String) -> [UInt8]? {
    guard z85.utf8.count == keyTextSize else { return nil }
    var bytes = [UInt8](repeating: 0, count: keySize)
    return unsafe zmq_z85_decode(&bytes, z85) == nil ? nil : bytes
}

/// - Parameter key: the characters, with a 0 at the end.
private func text(_ key: [CChar]) -> String {
    String(decoding: key.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
