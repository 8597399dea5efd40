/// The workers that are connected, by both of their names: the connection that the transport knows and the number that
/// the scheduler knows.
public struct PeerTable<Connection: Hashable & Sendable>: Sendable {
    public struct Worker: Sendable {
        public let id: WorkerID
        public let connection: Connection
        public let hello: PeerMessage.Hello
        /// Whose key the connection has proved; `nil` without keys.
        public let user: String?
    }

    private var workers: [WorkerID: Worker] = [:]
    private var byConnection: [Connection: WorkerID] = [:]
    private var byProcess: [Process: WorkerID] = [:]
    private var lastNumber: UInt64 = 0
    /// Workers that were lost, the oldest first: they may come back.
    private var lost: [(process: Process, worker: WorkerID)] = []
    /// Lost workers that are remembered.
    private static var lostKept: Int { 1000 }

    /// Instances are drawn by the workers themselves: one of another user is another process, whatever it says.
    private struct Process: Hashable, Sendable {
        var user: String?
        var instance: UInt64
    }

    public init() {}

    public enum OnHello: Equatable, Sendable {
        /// - Parameters:
        ///   - replaces: an earlier connection of the same process.
        ///   - formerly: what the process was called before it was taken for lost.
        case joined(WorkerID, replaces: WorkerID?, formerly: WorkerID? = nil)
        /// The same hello again, on the same connection: the answer to the first one is on its way.
        case repeated(WorkerID)
        /// An older hello than the one that was heard last.
        case outdated
    }

    public mutating func hello(
        _ hello: PeerMessage.Hello, from connection: Connection, user: String? = nil
    ) -> OnHello {
        let process = Process(user: user, instance: hello.instance)
        let earlier = byProcess[process]
        if let earlier, let worker = workers[earlier] {
            if hello.attempt < worker.hello.attempt { return .outdated }
            // A session belongs to a connection: what was sent on another one may be lost.
            if hello.attempt == worker.hello.attempt, connection == worker.connection { return .repeated(earlier) }
            remove(earlier)
        }
        lastNumber += 1
        let id = WorkerID(lastNumber)
        workers[id] = Worker(id: id, connection: connection, hello: hello, user: user)
        byConnection[connection] = id
        byProcess[process] = id
        let former = lost.firstIndex { $0.process == process }.map { lost.remove(at: $0).worker }
        return .joined(id, replaces: earlier, formerly: former)
    }

    /// Whether the process that says a hello is a worker already, on whatever connection.
    public func knows(_ hello: PeerMessage.Hello, of user: String? = nil) -> Bool {
        byProcess[Process(user: user, instance: hello.instance)] != nil
    }

    public subscript(id: WorkerID) -> Worker? { workers[id] }

    public subscript(connection: Connection) -> Worker? { byConnection[connection].flatMap { workers[$0] } }

    public var count: Int { workers.count }

    /// In the order in which they joined.
    public var all: [Worker] { workers.values.sorted { $0.id < $1.id } }

    /// Nothing was heard of the worker for too long.
    public mutating func lose(_ id: WorkerID) {
        guard let worker = workers[id] else { return }
        lost.append((Process(user: worker.user, instance: worker.hello.instance), id))
        if lost.count > Self.lostKept { lost.removeFirst() }
        remove(id)
    }

    public mutating func remove(_ id: WorkerID) {
        guard let worker = workers.removeValue(forKey: id) else { return }
        if byConnection[worker.connection] == id { byConnection[worker.connection] = nil }
        let process = Process(user: worker.user, instance: worker.hello.instance)
        if byProcess[process] == id { byProcess[process] = nil }
    }
}
