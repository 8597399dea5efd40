import Synchronization
import Threads

/// Admits CURVE clients to the servers of a context, by a list of their public keys.
///
/// It is the context's ZAP handler (ZeroMQ RFC 27). It answers on a thread of its own for as long as it exists. Make it
/// before a server binds: without it, servers refuse all clients. Removing a key from the list does not end the key's
/// open connections.
public final class Authenticator: Sendable {
    /// A client that was refused.
    public struct Refusal: Hashable, Sendable {
        public enum Reason: String, Sendable {
            case unknownKey = "unknown key"
            case wrongMechanism = "not CURVE"
            case wrongDomain = "another domain"
            case malformedRequest = "malformed request"
        }

        public let reason: Reason
        /// The client's network address.
        public let address: String
        /// The client's key. The client has proved that it has the secret key.
        public let publicKey: Curve.PublicKey?
    }

    /// The endpoint at which libzmq looks for the handler (RFC 27).
    static let endpoint = "inproc://zeromq.zap.01"

    private let admission: Admission
    /// The mailbox that ends the thread when it is closed.
    private let stop: Mailbox<Never>
    private let thread: OSThread

    /// - Parameters:
    ///   - domain: the domain of the authenticator's servers.
    ///   - allowed: the clients' keys, each with its `ReceivedMessage.userID`, which must not be empty.
    ///   - onRefusal: called on the authenticator's thread.
    /// - Throws: ``ZeroMQError`` when the context has an authenticator already, or lacks resources; `ThreadError`.
    public init(
        in context: Context,
        domain: String,
        allowed: [Curve.PublicKey: String],
        onRefusal: @escaping @Sendable (Refusal) -> Void = { _ in }
    ) throws {
        let admission = Admission(domain: domain, allowed: allowed, onRefusal: onRefusal)
        let stop = try Mailbox<Never>()
        let started = try Mailbox<ZeroMQError?>()
        thread = try OSThread(name: "authenticator") {
            do throws(ZeroMQError) {
                let socket = try Socket(.router, in: context)
                try socket.bind(to: Self.endpoint)
                started.post(nil)
                try admission.answer(on: socket, until: stop)
                // Closing the socket frees the endpoint only later, and the next authenticator may need it at once.
                try socket.unbind(from: Self.endpoint)
            } catch {
                // After the start, the only failure is the end of the context. Then no request needs an answer.
                started.post(error)
            }
        }
        self.admission = admission
        self.stop = stop
        if case .some(.some(let error)) = started.wait() { throw error }
    }

    deinit {
        stop.close()
        thread.join()
    }

    /// The number of refused requests.
    public var refusalCount: Int { admission.refusalCount }

    /// Replaces the list. It applies to new connections.
    public func allow(_ allowed: [Curve.PublicKey: String]) {
        admission.allow(allowed)
    }
}

/// The state that an authenticator and its thread share.
private final class Admission: Sendable {
    private let domain: String
    private let allowed: Mutex<[Curve.PublicKey: String]>
    private let refusals = Atomic(0)
    private let onRefusal: @Sendable (Authenticator.Refusal) -> Void

    init(
        domain: String,
        allowed: [Curve.PublicKey: String],
        onRefusal: @escaping @Sendable (Authenticator.Refusal) -> Void
    ) {
        self.domain = domain
        self.allowed = Mutex(allowed)
        self.onRefusal = onRefusal
    }

    var refusalCount: Int { refusals.load(ordering: .relaxed) }

    func allow(_ newList: [Curve.PublicKey: String]) {
        allowed.withLock { $0 = newList }
    }

    func answer(on socket: borrowing Socket, until stop: Mailbox<Never>) throws(ZeroMQError) {
        var poller = Poller()
        _ = poller.add(socket)
        _ = poller.add(stop)
        while !stop.isClosed {
            _ = try poller.wait(timeout: nil)
            while let message = try socket.receive() {
                // A connection that has ended meanwhile needs no answer.
                if let reply = reply(to: message.frames) { _ = try socket.send(reply) }
            }
        }
    }

    /// The reply of RFC 27: envelope, version, request id, status, text, user id and metadata; nil if the request has
    /// no id.
    private func reply(to request: [Frame]) -> [Frame]? {
        guard let fields = Request(request) else {
            refuse(.malformedRequest, address: "")
            return nil
        }
        let head = request[..<2] + [Frame("1.0"), fields.id]
        if let name = judge(fields) { return head + [Frame("200"), Frame("OK"), Frame(name), Frame()] }
        return head + [Frame("400"), Frame("refused"), Frame(), Frame()]
    }

    /// The client's name; nil if the client is refused.
    private func judge(_ request: Request) -> String? {
        let refused: Authenticator.Refusal.Reason
        if request.version != "1.0" {
            refused = .malformedRequest
        } else if request.domain != domain {
            refused = .wrongDomain
        } else if request.mechanism != "CURVE" {
            refused = .wrongMechanism
        } else if let key = request.publicKey {
            // The comparison needs no constant time: the key is public, and the handshake has proved that the client
            // owns it.
            if let name = allowed.withLock({ $0[key] }) { return name }
            refused = .unknownKey
        } else {
            refused = .malformedRequest
        }
        refuse(refused, address: request.address, key: request.publicKey)
        return nil
    }

    private func refuse(_ reason: Authenticator.Refusal.Reason, address: String, key: Curve.PublicKey? = nil) {
        refusals.add(1, ordering: .relaxed)
        onRefusal(.init(reason: reason, address: address, publicKey: key))
    }
}

/// A request of RFC 27. A ROUTER socket receives it behind a routing id and an empty frame.
private struct Request {
    let version: String?
    let id: Frame
    let domain: String?
    let address: String
    let mechanism: String?
    /// The client's key; nil if the credentials are not exactly one key.
    let publicKey: Curve.PublicKey?

    init?(_ frames: [Frame]) {
        guard frames.count >= 8, frames[1].isEmpty else { return nil }
        version = frames[2].text
        id = frames[3]
        domain = frames[4].text
        address = frames[5].text ?? ""
        mechanism = frames[7].text
        publicKey = frames.count == 9 ? Curve.PublicKey(bytes: frames[8].bytes) : nil
    }
}
