import Glibc

/// The gate's thread. It carries out the decisions of the ``Turnstile`` and passes bytes on.
final class GateThread {
    private static let listenerTokens = UInt64.max - 1024
    private static let deskToken = UInt64.max
    /// The limit of connections accepted in one round, before the others get their turn.
    private static let acceptsPerRound = 64
    /// The pause of accepting after a shortage of descriptors.
    private static let shortagePause = Duration.milliseconds(100)

    private let epoll: Epoll
    private let listeners: [StreamSocket]
    private let desk: GateDesk
    /// The abstract names of the server's listener, and of the gate's own ends as the server sees them, without their
    /// numbers.
    private let (server, ownName): (String, String)
    private let onRefusal: (TCPGate.Refusal) -> Void
    private var turnstile: Turnstile
    private var connections: [Turnstile.ID: GateConnection] = [:]
    private var lastID: Turnstile.ID = 0
    private var scratch = [UInt8](repeating: 0, count: 256 << 10)
    private var acceptsAgain: Duration?
    private let start = ContinuousClock.now

    /// - Throws: `ZeroMQError` when the process has no descriptors left.
    init(
        _ listeners: [StreamSocket], server: String, ownName: String, rules: GateRules, desk: GateDesk,
        onRefusal: @escaping (TCPGate.Refusal) -> Void
    ) throws(ZeroMQError) {
        epoll = try Epoll()
        self.listeners = listeners
        self.server = server
        self.ownName = ownName
        self.desk = desk
        self.onRefusal = onRefusal
        turnstile = Turnstile(rules)
        epoll.add(desk.descriptor, token: Self.deskToken, for: .readable)
        for (index, listener) in listeners.enumerated() {
            epoll.add(listener.descriptor, token: Self.listenerTokens + UInt64(index), for: .readable)
        }
    }

    private var now: Duration { start.duration(to: .now) }

    func run() {
        var isWoken = false
        while true {
            let news = desk.take(isAwaited: turnstile.hasStalled, isWoken: isWoken)
            if news.isClosed { return }
            for (id, count) in news.delivered { perform(turnstile.delivered(count, of: id, at: now)) }
            for id in news.admitted { perform(turnstile.admitted(id)) }
            let deadlines = [turnstile.nextDeadline, acceptsAgain].compactMap(\.self)
            let events = epoll.wait(timeout: deadlines.min().map { $0 - now })
            isWoken = events.contains { $0.token == Self.deskToken }
            for (token, readiness) in events { handle(token, readiness) }
            perform(turnstile.tick(at: now))
            if let again = acceptsAgain, again <= now { setAccepting(true) }
        }
    }

    private func handle(_ token: UInt64, _ readiness: Epoll.Readiness) {
        if token == Self.deskToken { return }
        if token >= Self.listenerTokens { return accept(from: listeners[Int(token - Self.listenerTokens)]) }
        guard let connection = connections[token >> 1] else { return }
        let isAlive = token & 1 == 0 ? handlePeer(connection, readiness) : handleServer(connection, readiness)
        if isAlive { watch(connection) } else { end(connection) }
    }

    private func perform(_ actions: [Turnstile.Action]) {
        for action in actions {
            switch action {
            case .end(let id, let ending):
                guard let connection = connections[id] else { continue }
                switch ending {
                case .slow: report(.handshake, connection)
                case .crowded: report(.crowded, connection)
                case .unfinished: report(.unfinishedMessage, connection)
                }
                close(connection)
            case .judge(let id):
                guard let connection = connections[id] else { continue }
                if advance(connection) { watch(connection) } else { end(connection) }
            case .resume(let id):
                if let connection = connections[id] { watch(connection) }
            }
        }
    }

    // MARK: - Connections

    private func accept(from listener: StreamSocket) {
        for _ in 0..<Self.acceptsPerRound {
            do throws(SystemError) {
                guard let (socket, address) = try listener.accepted() else { return }
                take(socket, from: address)
            } catch {
                // Any other error concerns only the connection that was being accepted (accept(2)).
                if error.isShortage { return setAccepting(false) }
            }
        }
    }

    private func take(_ socket: StreamSocket, from address: SocketAddress) {
        lastID += 1
        let connection = GateConnection(id: lastID, socket, from: address)
        connections[lastID] = connection
        epoll.add(socket.descriptor, token: lastID << 1, for: connection.peerInterest)
        perform(turnstile.arrived(lastID, from: address.network, at: now))
    }

    private func setAccepting(_ isAccepting: Bool) {
        acceptsAgain = isAccepting ? nil : now + Self.shortagePause
        for (index, listener) in listeners.enumerated() {
            epoll.change(
                listener.descriptor, token: Self.listenerTokens + UInt64(index), for: isAccepting ? .readable : [])
        }
    }

    /// Ends a connection, one of whose ends has gone.
    private func end(_ connection: GateConnection) {
        // A peer that has sent nothing only probed the port and is not reported.
        if !connection.isOpen, connection.hasSpoken { report(.handshake, connection) }
        close(connection)
        perform(turnstile.ended(connection.id))
    }

    private func close(_ connection: GateConnection) {
        connections[connection.id] = nil
    }

    private func report(_ reason: TCPGate.Refusal.Reason, _ connection: GateConnection) {
        // The authenticator counts the refusals of keys.
        if connection.serverHandshake.answer == .refused { return }
        onRefusal(.init(reason: reason, address: connection.address.host))
    }

    // MARK: - Bytes
    // The functions of this section return whether the connection still exists.

    private func handlePeer(_ connection: GateConnection, _ readiness: Epoll.Readiness) -> Bool {
        if readiness.contains(.writable), !connection.flush() { return false }
        if connection.peerInterest.contains(.readable) {
            if !readiness.isDisjoint(with: [.readable, .broken]), !readPeer(connection) { return false }
        } else if !readiness.isDisjoint(with: .broken) {
            return false
        }
        return !(connection.hasPeerEnded && connection.toServer.isEmpty)
    }

    private func handleServer(_ connection: GateConnection, _ readiness: Epoll.Readiness) -> Bool {
        if readiness.contains(.writable), !connection.flush() { return false }
        if connection.serverInterest.contains(.readable) {
            if !readiness.isDisjoint(with: [.readable, .broken]), !readServer(connection) { return false }
        } else if !readiness.isDisjoint(with: .broken) {
            return false
        }
        return !(connection.hasPeerEnded && connection.toServer.isEmpty)
    }

    private func readPeer(_ connection: GateConnection) -> Bool {
        let room =
            connection.handshake.map { PeerHandshake.heldBytes - $0.bytesHeld } ?? turnstile.room(of: connection.id)
        guard room > 0 else { return true }
        switch connection.peer.read(room, into: &scratch) {
        case .wouldBlock:
            return true
        case .ended:
            connection.hasPeerEnded = true
            return connection.isOpen
        case .moved(let count):
            connection.hasSpoken = true
            guard connection.isOpen else {
                connection.handshake?.receive(scratch[..<count])
                return advance(connection)
            }
            return pass(scratch[..<count], connection)
        }
    }

    /// Passes on bytes after the handshake.
    private func pass(_ bytes: ArraySlice<UInt8>, _ connection: GateConnection) -> Bool {
        guard connection.send(toServer: bytes) else { return false }
        perform(turnstile.passed(bytes.count, of: connection.id, at: now))
        // The bytes may have exceeded the limit.
        return connections[connection.id] != nil
    }

    private func readServer(_ connection: GateConnection) -> Bool {
        guard let server = connection.server else { return true }
        switch server.read(scratch.count, into: &scratch) {
        case .wouldBlock: return true
        case .ended: return false
        case .moved(let count):
            guard connection.send(toPeer: scratch[..<count]) else { return false }
            if connection.isOpen { return true }
            connection.serverHandshake.look(at: scratch[..<count])
            if connection.serverHandshake.answer == .refused {
                perform(turnstile.afterJudgement(of: connection.id))
            }
            return openIfReady(connection)
        }
    }

    /// Passes on the whole parts of a handshake.
    private func advance(_ connection: GateConnection) -> Bool {
        while !connection.isOpen {
            if connection.handshake?.hasProof == true {
                guard turnstile.mayProve(connection.id) else { return true }
                desk.setJudged(connection.address.host)
            }
            let part: PeerHandshake.Part?
            do throws(PeerHandshake.Malformed) {
                part = try connection.handshake?.next()
            } catch {
                return false
            }
            guard let part else { return true }
            switch part {
            case .signature(let bytes):
                guard connect(connection), connection.send(toServer: bytes[...]) else { return false }
            case .greeting(let bytes), .command(let bytes):
                guard connection.send(toServer: bytes[...]), openIfReady(connection) else { return false }
            }
        }
        return true
    }

    private func connect(_ connection: GateConnection) -> Bool {
        let socket = StreamSocket.connected(to: server, as: "\(ownName)\(connection.id)")
        guard let socket else { return false }
        connection.server = socket
        epoll.add(socket.descriptor, token: connection.id << 1 | 1, for: connection.serverInterest)
        return true
    }

    /// Opens a connection when the server has admitted the peer and the peer has finished its own handshake.
    private func openIfReady(_ connection: GateConnection) -> Bool {
        guard connection.serverHandshake.answer == .ready, var handshake = connection.handshake,
            handshake.commands > 0
        else { return true }
        let rest = handshake.rest()
        connection.handshake = nil
        perform(turnstile.opened(connection.id, at: now))
        guard connections[connection.id] != nil else { return false }
        return rest.isEmpty || pass(rest[...], connection)
    }

    /// Waits for the events with which the connection can go on.
    private func watch(_ connection: GateConnection) {
        guard connections[connection.id] != nil else { return }
        let hasRoom =
            connection.handshake.map { $0.bytesHeld < PeerHandshake.heldBytes }
            ?? (turnstile.room(of: connection.id) > 0)
        var peer: Epoll.Readiness = connection.toPeer.isEmpty ? [] : .writable
        if hasRoom, connection.toServer.isEmpty, !connection.hasPeerEnded { peer.insert(.readable) }
        if peer != connection.peerInterest {
            connection.peerInterest = peer
            epoll.change(connection.peer.descriptor, token: connection.id << 1, for: peer)
        }
        guard let socket = connection.server else { return }
        var server: Epoll.Readiness = connection.toServer.isEmpty ? [] : .writable
        if connection.toPeer.isEmpty { server.insert(.readable) }
        if server != connection.serverInterest {
            connection.serverInterest = server
            epoll.change(socket.descriptor, token: connection.id << 1 | 1, for: server)
        }
    }
}
