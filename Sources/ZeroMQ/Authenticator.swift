import Synchronization
import Threads

/// Decides which CURVE clients may connect to the servers of a context, by a list of their public keys.
///
/// It is the context's ZAP handler (ZeroMQ RFC 27) and answers on a thread of its own for as long as it exists. Make it
/// before a server binds; servers refuse everybody while there is none. Taking a key off the list does not end its open
/// connections.
public final class Authenticator: Sendable {
    /// Somebody who was not let in.
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
        /// The client's key, of which it has proved possession.
        public let publicKey: Curve.PublicKey?
    }

    /// Where libzmq looks for the handler (RFC 27).
    static let endpoint = "inproc://zeromq.zap.01"

    private let admission: Admission
    /// Closed to end the thread.
    private let stop: Mailbox<Never>
    private let thread: OSThread

    /// - Parameters:
    ///   - domain: the domain of the servers it answers for.
    ///   - allowed: the clients' keys, each with the name that `ReceivedMessage.userID` then has, not empty.
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
                // Closing gives the name back at some later time, and the next authenticator may be at the door.
                try socket.unbind(from: Self.endpoint)
            } catch {
                // Once started, the only failure is that the context is shut down: there is nobody left to answer.
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

    /// How many requests were answered with no.
    public var refusalCount: Int { admission.refusalCount }

    /// Replaces the list; connections made from now on are judged by the new one.
    public func allow(_ allowed: [Curve.PublicKey: String]) {
        admission.allow(allowed)
    }
}

/// What an authenticator and its thread share.
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
                // A connection that is gone by now needs no answer.
                if let reply = reply(to: message.frames) { _ = try socket.send(reply) }
            }
        }
    }

    /// The reply of RFC 27: envelope, version, request id, status, text, user id, metadata; nil if even the request's
    /// id is missing.
    private func reply(to request: [Frame]) -> [Frame]? {
        guard let fields = Request(request) else {
            refuse(.malformedRequest, address: "")
            return nil
        }
        let head = request[..<2] + [Frame("1.0"), fields.id]
        if let name = judge(fields) { return head + [Frame("200"), Frame("OK"), Frame(name), Frame()] }
        return head + [Frame("400"), Frame("refused"), Frame(), Frame()]
    }

    /// The client's name if it may come in.
    private func judge(_ request: Request) -> String? {
        let refused: Authenticator.Refusal.Reason
        if request.version != "1.0" {
            refused = .malformedRequest
        } else if request.domain != domain {
            refused = .wrongDomain
        } else if request.mechanism != "CURVE" {
            refused = .wrongMechanism
        } else if let key = request.publicKey {
            // No secret is compared: the handshake has proved that the client owns this key.
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

/// A request of RFC 27 behind the routing id and the empty frame that a ROUTER socket sees first.
private struct Request {
    let version: String?
    let id: Frame
    let domain: String?
    let address: String
    let mechanism: String?
    /// Nil if the credentials are not one key.
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
