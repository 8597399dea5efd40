import Coordination

/// Which connection is which worker, as the coordinator's daemon keeps it.
///
/// A session belongs to a connection: where a connection broke and its worker made another, messages were lost that
/// nobody sends again, so that the worker on the new connection is a new one, whatever it calls itself.
struct Door {
    enum Entry {
        /// Said again, while the welcome is on its way.
        case known(WorkerID)
        /// - Parameter formerly: what the process was called before it was taken for lost.
        case joins(WorkerID, inPlaceOf: WorkerID?, formerly: WorkerID?)
        /// From an earlier life of the worker.
        case stale
    }

    private struct Session {
        var attempt: Int
        var connection: ConnectionID
        var worker: WorkerID
        var profile: String
    }

    private var sessions: [UInt64: Session] = [:]
    private var instances: [ConnectionID: UInt64] = [:]
    private var count: UInt64 = 0
    private var lost: [UInt64: WorkerID] = [:]

    func worker(on connection: ConnectionID) -> WorkerID? {
        instances[connection].flatMap { sessions[$0]?.worker }
    }

    func connection(of worker: WorkerID) -> ConnectionID? {
        sessions.values.first { $0.worker == worker }?.connection
    }

    mutating func enter(_ hello: PeerMessage.Hello, on connection: ConnectionID) -> Entry {
        let known = sessions[hello.instance]
        if let known {
            if hello.attempt < known.attempt { return .stale }
            if hello.attempt == known.attempt, known.connection == connection {
                return .known(known.worker)
            }
            instances[known.connection] = nil
        }
        count += 1
        let worker = WorkerID(count)
        sessions[hello.instance] = Session(
            attempt: hello.attempt, connection: connection, worker: worker, profile: hello.profile)
        instances[connection] = hello.instance
        return .joins(worker, inPlaceOf: known?.worker, formerly: lost.removeValue(forKey: hello.instance))
    }

    func profile(of worker: WorkerID) -> String {
        sessions.values.first { $0.worker == worker }?.profile ?? ""
    }

    /// The worker may come back.
    mutating func lose(_ worker: WorkerID) {
        if let instance = sessions.first(where: { $0.value.worker == worker })?.key { lost[instance] = worker }
        forget(worker)
    }

    mutating func forget(_ worker: WorkerID) {
        guard let (instance, session) = sessions.first(where: { $0.value.worker == worker }) else { return }
        sessions[instance] = nil
        instances[session.connection] = nil
    }
}
