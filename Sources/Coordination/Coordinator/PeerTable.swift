/// The table of connected workers. A worker is found by its connection, which the transport knows, or by its number,
/// which the scheduler knows.
public struct PeerTable<Connection: Hashable & Sendable>: Sendable {
    public struct Worker: Sendable {
        public let id: WorkerID
        public let connection: Connection
        public let hello: PeerMessage.Hello
        /// The owner of the key that the connection has proved; `nil` without keys.
        public let user: String?
    }

    private var workers: [WorkerID: Worker] = [:]
    private var byConnection: [Connection: WorkerID] = [:]
    private var byProcess: [Process: WorkerID] = [:]
    private var lastNumber: UInt64 = 0
    /// The lost workers, the oldest first. They may come back.
    private var lost: [(process: Process, worker: WorkerID)] = []
    /// The most lost workers that are remembered.
    private static var lostKept: Int { 1000 }

    /// The identity of a worker process. Workers draw their instance numbers themselves, so the same number of another
    /// user is another process.
    private struct Process: Hashable, Sendable {
        var user: String?
        var instance: UInt64
    }

    public init() {}

    public enum OnHello: Equatable, Sendable {
        /// - Parameters:
        ///   - replaces: the number of the same process on an earlier connection.
        ///   - formerly: the number of the same process before it was lost.
        case joined(WorkerID, replaces: WorkerID?, formerly: WorkerID? = nil)
        /// The hello came before on the same connection. The answer is on its way.
        case repeated(WorkerID)
        /// The hello is older than one that came before.
        case outdated
    }

    public mutating func hello(
        _ hello: PeerMessage.Hello, from connection: Connection, user: String? = nil
    ) -> OnHello {
        let process = Process(user: user, instance: hello.instance)
        let earlier = byProcess[process]
        if let earlier, let worker = workers[earlier] {
            if hello.attempt < worker.hello.attempt { return .outdated }
            // A session belongs to a connection: messages on another connection may be lost.
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

    /// Whether the process of a hello is a connected worker, on any connection.
    public func knows(_ hello: PeerMessage.Hello, of user: String? = nil) -> Bool {
        byProcess[Process(user: user, instance: hello.instance)] != nil
    }

    public subscript(id: WorkerID) -> Worker? { workers[id] }

    public subscript(connection: Connection) -> Worker? { byConnection[connection].flatMap { workers[$0] } }

    public var count: Int { workers.count }

    /// All connected workers, in the order in which they joined.
    public var all: [Worker] { workers.values.sorted { $0.id < $1.id } }

    /// Removes a worker that was lost, and remembers it: it may come back.
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
