import CZeroMQ

/// A ZeroMQ socket that sends and receives whole messages and never blocks. A `Poller` does the waiting.
///
/// One thread at a time uses a socket. It is not Sendable, so the compiler keeps it in its thread or actor; other
/// threads reach that thread through a `Mailbox`. The socket closes when it is freed, after its pollers and monitors.
public struct Socket: ~Copyable {
    public enum Kind: Sendable {
        /// A socket with many peers. A message's first frame is the routing id of the peer it comes from or goes to.
        case router
        /// A socket with one peer, asynchronous both ways.
        case dealer
    }

    let handle: SocketHandle
    private let maxFrameCount: Int

    /// - Throws: `ZeroMQError` when ZeroMQ rejects an option, which the error names, or when there are too many
    ///   sockets.
    public init(_ kind: Kind, in context: Context, options: SocketOptions = SocketOptions()) throws(ZeroMQError) {
        let handle = try SocketHandle(kind == .router ? .router : .dealer, in: context)
        try options.apply(to: handle)
        self.handle = handle
        maxFrameCount = options.maxFrameCount
    }

    /// Accepts connections at an endpoint such as `tcp://127.0.0.1:5555`, `tcp://[::1]:5555`, `tcp://eth0:5555` or
    /// `tcp://127.0.0.1:*`. Host names are not accepted: see ``TCPGate``.
    ///
    /// - Returns: the endpoint with the port that replaces `*`.
    /// - Throws: `ZeroMQError` when the endpoint is in use, malformed or no address of this machine.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.useIPv6(TCPEndpoint(endpoint, .bind)?.host.contains(":") ?? false)
        guard unsafe zmq_bind(handle.pointer, endpoint) == 0 else { throw .last(.bind, endpoint: endpoint) }
        return try handle.lastEndpoint()
    }

    /// Frees an endpoint. The connections made to it end, so no daemon uses this.
    func unbind(from endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_unbind(handle.pointer, endpoint) == 0 else { throw .last(.unbind, endpoint: endpoint) }
    }

    /// Connects in the background. A failed or lost connection is tried again until it succeeds.
    ///
    /// A host name is looked up now, which may take time. The first address that answers is used.
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

    /// Ends a connection made with the same endpoint. Messages queued for it may be lost.
    ///
    /// The end comes while the socket is polled and used further.
    ///
    /// - Throws: `ZeroMQError` if there is no such connection.
    public func disconnect(from endpoint: String) throws(ZeroMQError) {
        let target = handle.connected[endpoint] ?? endpoint
        guard unsafe zmq_disconnect(handle.pointer, target) == 0 else {
            throw .last(.disconnect, endpoint: endpoint)
        }
    }

    /// Queues a message of one or more frames, all of it or nothing, without waiting.
    ///
    /// - Throws: `ZeroMQError` when the socket can no longer be used.
    public func send(_ frames: [Frame]) throws(ZeroMQError) -> SendOutcome {
        precondition(!frames.isEmpty, "a message has at least one frame")
        for (index, frame) in frames.enumerated() {
            if handle.send(frame, more: index < frames.count - 1) { continue }
            let error = ZeroMQError.last(.send)
            switch error.code {
            // After the first frame this means that the connection broke. ZeroMQ takes back the frames it had (lb.cpp).
            case .wouldBlock: return .wouldBlock
            case .hostUnreachable: return .unreachable
            default: throw error
            }
        }
        return .sent
    }

    /// The next message; nil if none is waiting.
    ///
    /// - Throws: `ZeroMQError` with `.messageTooLong` for a message of too many frames, which is dropped so that the
    ///   next can be received; any other when the socket can no longer be used.
    public func receive() throws(ZeroMQError) -> ReceivedMessage? {
        var frames: [Frame] = []
        var count = 0
        while true {
            let storage = FrameStorage()
            if unsafe storage.receive(from: handle.pointer) == -1 {
                let error = ZeroMQError.last(.receive)
                // Messages arrive whole, so later frames need no wait.
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
