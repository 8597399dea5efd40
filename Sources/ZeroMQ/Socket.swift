import CZeroMQ

/// A ZeroMQ socket that sends and receives whole messages, and never blocks: `Poller` does the waiting.
///
/// A socket is used by one thread at a time. It is not Sendable, so the compiler keeps it in the thread or actor that
/// made it; other threads reach that thread through a `Mailbox`. It closes when it goes out of use, after the pollers
/// and monitors that watch it.
public struct Socket: ~Copyable {
    public enum Kind: Sendable {
        /// Many peers: a message's first frame is the routing id of the peer it comes from or goes to.
        case router
        /// One peer, asynchronously both ways.
        case dealer
    }

    let handle: SocketHandle
    private let maxFrameCount: Int

    /// - Throws: `ZeroMQError` naming the option that ZeroMQ does not take, or when there are too many sockets.
    public init(_ kind: Kind, in context: Context, options: SocketOptions = SocketOptions()) throws(ZeroMQError) {
        let handle = try SocketHandle(kind == .router ? .router : .dealer, in: context)
        try options.apply(to: handle)
        self.handle = handle
        maxFrameCount = options.maxFrameCount
    }

    /// Accepts connections at an endpoint such as `tcp://127.0.0.1:5555`, `tcp://[::1]:5555`, `tcp://eth0:5555` or
    /// `tcp://127.0.0.1:*`. A host name is none: see ``TCPGate``.
    ///
    /// - Returns: the endpoint with the port that stands for `*`.
    /// - Throws: `ZeroMQError` with the endpoint: in use, not an address of this machine, malformed.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.useIPv6(TCPEndpoint(endpoint, .bind)?.host.contains(":") ?? false)
        guard unsafe zmq_bind(handle.pointer, endpoint) == 0 else { throw .last(.bind, endpoint: endpoint) }
        return try handle.lastEndpoint()
    }

    /// Gives back an endpoint; connections made to it end with it, which is why no daemon has a use for this.
    func unbind(from endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_unbind(handle.pointer, endpoint) == 0 else { throw .last(.unbind, endpoint: endpoint) }
    }

    /// Connects in the background, again and again until it succeeds and whenever the connection is lost.
    ///
    /// A name is looked up now, which may take its time; of its addresses the first is taken that answers.
    ///
    /// - Throws: `ZeroMQError` for a malformed endpoint, and with `.hostUnreachable` for an unknown host. A host that
    ///   does not answer is no error.
    public func connect(to endpoint: String) throws(ZeroMQError) {
        var target = endpoint
        if let address = try TCPEndpoint(endpoint, .connect)?.addressToConnect() {
            try handle.useIPv6(address.isIPv6)
            target = address.endpoint
            handle.connected[endpoint] = target
        }
        guard unsafe zmq_connect(handle.pointer, target) == 0 else { throw .last(.connect, endpoint: endpoint) }
    }

    /// Ends a connection made with the same endpoint; messages queued for it may be lost.
    ///
    /// It happens while the socket goes on being polled and used.
    ///
    /// - Throws: `ZeroMQError` if there is no such connection.
    public func disconnect(from endpoint: String) throws(ZeroMQError) {
        let target = handle.connected[endpoint] ?? endpoint
        guard unsafe zmq_disconnect(handle.pointer, target) == 0 else {
            throw .last(.disconnect, endpoint: endpoint)
        }
    }

    /// Hands a message of one or more frames to ZeroMQ, all of it or nothing, without waiting.
    ///
    /// - Throws: `ZeroMQError` when the socket can no longer be used.
    public func send(_ frames: [Frame]) throws(ZeroMQError) -> SendOutcome {
        precondition(!frames.isEmpty, "a message has at least one frame")
        for (index, frame) in frames.enumerated() {
            if handle.send(frame, more: index < frames.count - 1) { continue }
            let error = ZeroMQError.last(.send)
            switch error.code {
            // Past the first frame this means that the connection broke, and ZeroMQ takes back what it had (lb.cpp).
            case .wouldBlock: return .wouldBlock
            case .hostUnreachable: return .unreachable
            default: throw error
            }
        }
        return .sent
    }

    /// The next message, or nil when none is waiting.
    ///
    /// - Throws: `ZeroMQError`: `.messageTooLong` for a message of too many frames, which is gone then and the next can
    ///   be received; anything else when the socket can no longer be used.
    public func receive() throws(ZeroMQError) -> ReceivedMessage? {
        var frames: [Frame] = []
        var count = 0
        while true {
            let storage = FrameStorage()
            if unsafe storage.receive(from: handle.pointer) == -1 {
                let error = ZeroMQError.last(.receive)
                // Messages arrive whole, so there is nothing to wait for after the first frame.
                if error.code == .wouldBlock && count == 0 { return nil }
                throw error
            }
            count += 1
            if count <= maxFrameCount { frames.append(Frame(storage: storage)) }
            guard !storage.hasMore else { continue }
            guard count <= maxFrameCount else {
                let detail = "it has \(count) frames, the limit is \(maxFrameCount)"
                throw ZeroMQError(.receive, code: .messageTooLong, detail: detail)
            }
            return ReceivedMessage(
                frames: frames,
                userID: storage.property("User-Id"),
                peerAddress: storage.property("Peer-Address"),
                descriptor: storage.descriptor
            )
        }
    }
}
