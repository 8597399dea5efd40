/// The decisions of a gate: which connections it lets through, and for how long. A state machine without I/O and clock.
///
/// A connection is half open until its handshake is over. Then it is open: a visitor's at first, and a member's after
/// the application has admitted it. Half-open connections are few, end soon, and make room for one another. An open
/// connection may only pass on a limited number of bytes that did not arrive as whole messages, because libzmq holds
/// all frames of an unfinished message.
package struct Turnstile {
    package typealias ID = UInt64

    package enum Ending: String, Equatable, Sendable {
        /// The handshake took too long.
        case slow
        /// The connection made room for another, or found none.
        case crowded
        /// The message did not end.
        case unfinished
    }

    package enum Action: Equatable, Sendable {
        case end(ID, Ending)
        /// Let a connection's key be checked now.
        case judge(ID)
        /// Read from a connection again.
        case resume(ID)
    }

    private struct Connection {
        /// The network whose half-open connections are counted together.
        let network: [UInt8]
        let arrival: Duration
        var isOpen = false
        var isMember = false
        /// The bytes passed on that did not arrive as whole messages.
        var unfinished = 0
        var lastMessage: Duration
        /// The time since which nothing more may be passed on; `nil` if bytes may pass.
        var stalledSince: Duration?
    }

    private let rules: GateRules
    private var connections: [ID: Connection] = [:]
    /// The half-open connections in the order of their arrival.
    private var halfOpen: [ID] = []
    private var openCount = 0
    private var stalled: Set<ID> = []
    /// The unfinished bytes of all visitors.
    private var unfinishedOfVisitors = 0
    /// The connection whose key is being checked. Keys are checked one at a time, so that a verdict has one peer.
    package private(set) var judged: ID?
    private var waitingForJudgement: [ID] = []

    package init(_ rules: GateRules) {
        self.rules = rules
    }

    /// The next time at which ``tick(at:)`` changes anything.
    package var nextDeadline: Duration? {
        let handshake = halfOpen.first.flatMap { connections[$0] }.map { $0.arrival + rules.handshake }
        let stall = stalled.compactMap { connections[$0]?.stalledSince }.min().map { $0 + rules.patience }
        return [handshake, stall].compactMap(\.self).min()
    }

    /// Whether connections wait for their messages to arrive.
    package var hasStalled: Bool { !stalled.isEmpty }

    // MARK: - Handshakes

    package mutating func arrived(_ id: ID, from network: [UInt8], at now: Duration) -> [Action] {
        var actions: [Action] = []
        if halfOpen.count >= rules.halfOpen {
            let victim = halfOpenVictim(newcomer: network)
            guard let victim else { return [.end(id, .crowded)] }
            actions = [.end(victim, .crowded)] + ended(victim)
        }
        connections[id] = Connection(network: network, arrival: now, lastMessage: now)
        halfOpen.append(id)
        return actions
    }

    /// The oldest half-open connection of the network that has most of them, the newcomer included. So a network that
    /// crowds the gate makes room for others.
    private func halfOpenVictim(newcomer: [UInt8]) -> ID? {
        var counts = [newcomer: 1]
        for id in halfOpen { counts[connections[id]?.network ?? [], default: 0] += 1 }
        // `max` would return the last of equal networks.
        var victim: (id: ID, count: Int)?
        for id in halfOpen where id != judged {
            let count = counts[connections[id]?.network ?? []] ?? 0
            if count > victim?.count ?? 0 { victim = (id, count) }
        }
        return victim?.id
    }

    /// Asks whether a connection may prove its key.
    /// - Returns: whether it may now; if not, ``Action/judge(_:)`` comes later.
    package mutating func mayProve(_ id: ID) -> Bool {
        if judged == id { return true }
        guard judged == nil else {
            if !waitingForJudgement.contains(id) { waitingForJudgement.append(id) }
            return false
        }
        judged = id
        return true
    }

    /// Notes that a handshake has succeeded.
    package mutating func opened(_ id: ID, at now: Duration) -> [Action] {
        guard connections[id]?.isOpen == false else { return [] }
        connections[id]?.isOpen = true
        connections[id]?.lastMessage = now
        halfOpen.removeAll { $0 == id }
        openCount += 1
        let actions = afterJudgement(of: id)
        guard openCount > rules.open else { return actions }
        // The visitor that was silent for longest is ended. Members stay.
        let others = connections.filter { $0.key != id && $0.value.isOpen && !$0.value.isMember }
        let victim = others.min { ($0.value.lastMessage, $0.key) < ($1.value.lastMessage, $1.key) }?.key ?? id
        return actions + [.end(victim, .crowded)] + ended(victim)
    }

    /// Notes that a connection has ended.
    package mutating func ended(_ id: ID) -> [Action] {
        guard let connection = connections.removeValue(forKey: id) else { return [] }
        if connection.isOpen {
            openCount -= 1
            if !connection.isMember { unfinishedOfVisitors -= connection.unfinished }
            stalled.remove(id)
        } else {
            halfOpen.removeAll { $0 == id }
        }
        return afterJudgement(of: id)
    }

    /// Notes the server's verdict on a key.
    package mutating func afterJudgement(of id: ID) -> [Action] {
        waitingForJudgement.removeAll { $0 == id }
        guard judged == id else { return [] }
        judged = waitingForJudgement.isEmpty ? nil : waitingForJudgement.removeFirst()
        return judged.map { [.judge($0)] } ?? []
    }

    // MARK: - Messages

    /// The number of bytes that may be passed on now from an open connection.
    package func room(of id: ID) -> Int {
        guard let connection = connections[id], connection.isOpen else { return 0 }
        return max(0, (connection.isMember ? rules.memberBytes : rules.visitorBytes) - connection.unfinished)
    }

    package mutating func passed(_ count: Int, of id: ID, at now: Duration) -> [Action] {
        guard let isMember = connections[id]?.isMember else { return [] }
        connections[id]?.unfinished += count
        if room(of: id) == 0, connections[id]?.stalledSince == nil {
            connections[id]?.stalledSince = now
            stalled.insert(id)
        }
        guard !isMember else { return [] }
        unfinishedOfVisitors += count
        guard unfinishedOfVisitors > rules.visitorsBytes else { return [] }
        let visitors = connections.filter { $0.value.isOpen && !$0.value.isMember }
        guard let victim = visitors.max(by: { ($0.value.unfinished, $0.key) < ($1.value.unfinished, $1.key) })?.key
        else { return [] }
        return [.end(victim, .unfinished)] + ended(victim)
    }

    /// Notes that messages of this many bytes have arrived whole.
    package mutating func delivered(_ count: Int, of id: ID, at now: Duration) -> [Action] {
        guard var connection = connections[id], connection.isOpen else { return [] }
        // PING and PONG are passed on and are no messages. Their bytes are forgiven when a message shows that no
        // earlier one is unfinished.
        let seconds = Int((now - connection.lastMessage).components.seconds) + 1
        let (forgiven, overflows) = seconds.multipliedReportingOverflow(by: rules.commandBytesPerSecond)
        let paid = min(connection.unfinished, overflows ? .max : count.addingClamped(forgiven))
        connection.unfinished -= paid
        if !connection.isMember { unfinishedOfVisitors -= paid }
        connection.lastMessage = now
        connections[id] = connection
        return resumed(id)
    }

    /// Notes that the application knows the peer, which may send larger messages now.
    package mutating func admitted(_ id: ID) -> [Action] {
        guard let connection = connections[id], connection.isOpen, !connection.isMember else { return [] }
        connections[id]?.isMember = true
        unfinishedOfVisitors -= connection.unfinished
        return resumed(id)
    }

    private mutating func resumed(_ id: ID) -> [Action] {
        guard room(of: id) > 0, stalled.remove(id) != nil else { return [] }
        connections[id]?.stalledSince = nil
        return [.resume(id)]
    }

    // MARK: - Time

    package mutating func tick(at now: Duration) -> [Action] {
        var actions: [Action] = []
        while let id = halfOpen.first, let connection = connections[id], connection.arrival + rules.handshake <= now {
            actions += [.end(id, .slow)] + ended(id)
        }
        let late = stalled.filter { id in (connections[id]?.stalledSince).map { $0 + rules.patience <= now } ?? false }
        for id in late.sorted() { actions += [.end(id, .unfinished)] + ended(id) }
        return actions
    }
}

extension Int {
    /// The sum, or the largest number on overflow.
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
