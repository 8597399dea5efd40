/// Who is let through a gate, and for how long: decided from what it is told, without connections or a clock of its
/// own.
///
/// A connection is half open until its handshake is over, then open: a visitor's, or a member's once the application
/// says so. Half-open ones are few, end soon, and make room for one another. Of an open connection only so many bytes
/// are passed on that did not arrive as whole messages: libzmq holds the frames of an unfinished message, however many
/// they are.
package struct Turnstile {
    package typealias ID = UInt64

    package enum Ending: String, Equatable, Sendable {
        /// Its handshake took too long.
        case slow
        /// It made room for another, or found none.
        case crowded
        /// Its message did not come to an end.
        case unfinished
    }

    package enum Action: Equatable, Sendable {
        case end(ID, Ending)
        /// Its key is looked at now.
        case judge(ID)
        /// More may be read of it.
        case resume(ID)
    }

    private struct Connection {
        /// What its half-open connections are counted with.
        let network: [UInt8]
        let arrival: Duration
        var isOpen = false
        var isMember = false
        /// Bytes passed on that did not arrive as messages.
        var unfinished = 0
        var lastMessage: Duration
        /// Since when nothing more may be passed on.
        var stalledSince: Duration?
    }

    private let rules: GateRules
    private var connections: [ID: Connection] = [:]
    /// In the order of their arrival.
    private var halfOpen: [ID] = []
    private var openCount = 0
    private var stalled: Set<ID> = []
    /// Of all visitors.
    private var unfinishedOfVisitors = 0
    /// Whose key is looked at: one at a time, so that it is known whose it is.
    package private(set) var judged: ID?
    private var waitingForJudgement: [ID] = []

    package init(_ rules: GateRules) {
        self.rules = rules
    }

    /// When ``tick(at:)`` has something to do.
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

    /// The oldest half-open connection of the network that has most of them: who comes in crowds makes room for others.
    private func halfOpenVictim(newcomer: [UInt8]) -> ID? {
        var counts = [newcomer: 1]
        for id in halfOpen { counts[connections[id]?.network ?? [], default: 0] += 1 }
        // `max` would give the last of equals.
        var victim: (id: ID, count: Int)?
        for id in halfOpen where id != judged {
            let count = counts[connections[id]?.network ?? []] ?? 0
            if count > victim?.count ?? 0 { victim = (id, count) }
        }
        return victim?.id
    }

    /// A connection wants to prove its key.
    /// - Returns: whether it may; if not, ``Action/judge(_:)`` says when.
    package mutating func mayProve(_ id: ID) -> Bool {
        if judged == id { return true }
        guard judged == nil else {
            if !waitingForJudgement.contains(id) { waitingForJudgement.append(id) }
            return false
        }
        judged = id
        return true
    }

    /// A handshake is over, and well.
    package mutating func opened(_ id: ID, at now: Duration) -> [Action] {
        guard connections[id]?.isOpen == false else { return [] }
        connections[id]?.isOpen = true
        connections[id]?.lastMessage = now
        halfOpen.removeAll { $0 == id }
        openCount += 1
        let actions = afterJudgement(of: id)
        guard openCount > rules.open else { return actions }
        // The visitor that was silent for longest; members have come to stay.
        let others = connections.filter { $0.key != id && $0.value.isOpen && !$0.value.isMember }
        let victim = others.min { ($0.value.lastMessage, $0.key) < ($1.value.lastMessage, $1.key) }?.key ?? id
        return actions + [.end(victim, .crowded)] + ended(victim)
    }

    /// A connection is gone, whoever ended it.
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

    /// The server has said what it thinks of a key.
    package mutating func afterJudgement(of id: ID) -> [Action] {
        waitingForJudgement.removeAll { $0 == id }
        guard judged == id else { return [] }
        judged = waitingForJudgement.isEmpty ? nil : waitingForJudgement.removeFirst()
        return judged.map { [.judge($0)] } ?? []
    }

    // MARK: - Messages

    /// How many bytes may be passed on now of an open connection.
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

    /// Messages of so many bytes have arrived whole.
    package mutating func delivered(_ count: Int, of id: ID, at now: Duration) -> [Action] {
        guard var connection = connections[id], connection.isOpen else { return [] }
        // PING and PONG are passed on and are no messages. What they may have come to is forgiven when a message shows
        // that none is unfinished before it.
        let seconds = Int((now - connection.lastMessage).components.seconds) + 1
        let (forgiven, overflows) = seconds.multipliedReportingOverflow(by: rules.commandBytesPerSecond)
        let paid = min(connection.unfinished, overflows ? .max : count.addingClamped(forgiven))
        connection.unfinished -= paid
        if !connection.isMember { unfinishedOfVisitors -= paid }
        connection.lastMessage = now
        connections[id] = connection
        return resumed(id)
    }

    /// The application knows who it is, and takes larger messages of it.
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
    /// The sum, or the largest number there is.
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
