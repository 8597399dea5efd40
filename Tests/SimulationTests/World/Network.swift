import Coordination
import TestSupport

struct ConnectionID: Hashable, CustomStringConvertible {
    var number: Int

    var description: String { "connection \(number)" }
}

/// Connections as ZeroMQ over TCP has them: what is sent on one arrives in its order or not at all, and when the
/// connection breaks all that is under way is lost. A connection has an identity of its own at the coordinator, and a
/// worker whose connection broke makes a new one without being told.
struct Network {
    enum Direction {
        case toCoordinator
        case toWorker
    }

    struct Connection {
        /// The worker's place in the world, and which of its lives.
        let worker: Int
        let life: Int
        var isOpenToCoordinator = true
        var isOpenToWorker = true
        /// Nothing is delivered before.
        var stalledUntil = Instant()
        var toCoordinator: [PeerMessage] = []
        var toWorker: [CoordinatorMessage] = []
        /// When the last message sent arrives, by direction.
        var lastArrivals = [Instant(), Instant()]
    }

    private var connections: [ConnectionID: Connection] = [:]
    private var count = 0
    /// Milliseconds.
    private let delays: ClosedRange<Int>

    init(_ random: inout SplitMix64) {
        delays = 0...(random.chance(0.2) ? 400 : 20)
    }

    subscript(_ id: ConnectionID) -> Connection? { connections[id] }

    mutating func open(worker: Int, life: Int) -> ConnectionID {
        count += 1
        let id = ConnectionID(number: count)
        connections[id] = Connection(worker: worker, life: life)
        return id
    }

    /// - Returns: when to ``takeForCoordinator(_:)`` it; `nil`: it is lost.
    mutating func send(
        _ message: PeerMessage, on id: ConnectionID, at now: Instant, _ random: inout SplitMix64
    ) -> Instant? {
        guard connections[id]?.isOpenToCoordinator == true else { return nil }
        connections[id]?.toCoordinator.append(message)
        return arrival(id, 0, now, &random)
    }

    mutating func send(
        _ message: CoordinatorMessage, on id: ConnectionID, at now: Instant, _ random: inout SplitMix64
    ) -> Instant? {
        guard connections[id]?.isOpenToWorker == true else { return nil }
        connections[id]?.toWorker.append(message)
        return arrival(id, 1, now, &random)
    }

    mutating func takeForCoordinator(_ id: ConnectionID) -> PeerMessage? {
        guard let connection = connections[id], connection.isOpenToCoordinator, !connection.toCoordinator.isEmpty
        else { return nil }
        return connections[id]?.toCoordinator.removeFirst()
    }

    mutating func takeForWorker(_ id: ConnectionID) -> CoordinatorMessage? {
        guard let connection = connections[id], connection.isOpenToWorker, !connection.toWorker.isEmpty
        else { return nil }
        return connections[id]?.toWorker.removeFirst()
    }

    /// Loses what is under way in one direction, and what will be sent.
    mutating func close(_ id: ConnectionID, _ direction: Direction) {
        switch direction {
        case .toCoordinator:
            connections[id]?.isOpenToCoordinator = false
            connections[id]?.toCoordinator = []
        case .toWorker:
            connections[id]?.isOpenToWorker = false
            connections[id]?.toWorker = []
        }
    }

    mutating func stall(_ id: ConnectionID, until time: Instant) {
        connections[id]?.stalledUntil = time
    }

    /// Loses one message that is under way to the worker: what no real connection does.
    mutating func loseOne(_ id: ConnectionID) {
        if connections[id]?.toWorker.isEmpty == false { connections[id]?.toWorker.removeFirst() }
    }

    private mutating func arrival(
        _ id: ConnectionID, _ direction: Int, _ now: Instant, _ random: inout SplitMix64
    ) -> Instant? {
        guard let last = connections[id]?.lastArrivals[direction] else { return nil }
        let time = max(last, now.advanced(by: random.duration(delays)))
        connections[id]?.lastArrivals[direction] = time
        return time
    }
}
