package import Coordination
package import ZeroMQ

/// The workers that are connected, by both of their names: the routing id that the socket knows and the number that the
/// scheduler knows.
package struct PeerTable {
    package struct Worker {
        package let id: WorkerID
        package let routingID: Frame
        package let hello: PeerMessage.Hello
        /// Whose key the connection has proved; `nil` without keys.
        package let user: String?
        /// Messages that the socket would not take yet, oldest first. A worker's credit limits them.
        package var outbox: [[Frame]] = []
    }

    private var workers: [WorkerID: Worker] = [:]
    private var byRoutingID: [Frame: WorkerID] = [:]
    private var byProcess: [Process: WorkerID] = [:]
    private var lastNumber: UInt64 = 0
    /// Workers that were lost, the oldest first: they may come back.
    private var lost: [(process: Process, worker: WorkerID)] = []
    /// Lost workers that are remembered.
    private static let lostKept = 1000

    /// Instances are drawn by the workers themselves: one of another user is another process, whatever it says.
    private struct Process: Hashable {
        var user: String?
        var instance: UInt64
    }

    package init() {}

    package enum OnHello: Equatable {
        /// - Parameters:
        ///   - replaces: an earlier connection of the same process.
        ///   - formerly: what the process was called before it was taken for lost.
        case joined(WorkerID, replaces: WorkerID?, formerly: WorkerID? = nil)
        /// The same hello again, on the same connection: the answer to the first one is on its way.
        case repeated(WorkerID)
        /// An older hello than the one that was heard last.
        case outdated
    }

    package mutating func hello(
        _ hello: PeerMessage.Hello, from routingID: Frame, user: String? = nil
    ) -> OnHello {
        let process = Process(user: user, instance: hello.instance)
        let earlier = byProcess[process]
        if let earlier, let worker = workers[earlier] {
            if hello.attempt < worker.hello.attempt { return .outdated }
            // A session belongs to a connection: what was sent on another one may be lost.
            if hello.attempt == worker.hello.attempt, routingID == worker.routingID { return .repeated(earlier) }
            remove(earlier)
        }
        lastNumber += 1
        let id = WorkerID(lastNumber)
        workers[id] = Worker(id: id, routingID: routingID, hello: hello, user: user)
        byRoutingID[routingID] = id
        byProcess[process] = id
        let former = lost.firstIndex { $0.process == process }.map { lost.remove(at: $0).worker }
        return .joined(id, replaces: earlier, formerly: former)
    }

    package subscript(id: WorkerID) -> Worker? { workers[id] }

    package subscript(routingID: Frame) -> Worker? { byRoutingID[routingID].flatMap { workers[$0] } }

    /// In the order in which they joined.
    package var all: [Worker] { workers.values.sorted { $0.id < $1.id } }

    /// Workers for which messages are waiting.
    package var withOutbox: [WorkerID] { workers.values.filter { !$0.outbox.isEmpty }.map(\.id) }

    package mutating func setOutbox(_ outbox: [[Frame]], of id: WorkerID) {
        workers[id]?.outbox = outbox
    }

    /// Nothing was heard of the worker for too long.
    package mutating func lose(_ id: WorkerID) {
        guard let worker = workers[id] else { return }
        lost.append((Process(user: worker.user, instance: worker.hello.instance), id))
        if lost.count > Self.lostKept { lost.removeFirst() }
        remove(id)
    }

    package mutating func remove(_ id: WorkerID) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        if byRoutingID[worker.routingID] == id { byRoutingID[worker.routingID] = nil }
        let process = Process(user: worker.user, instance: worker.hello.instance)
        if byProcess[process] == id { byProcess[process] = nil }
    }
}
