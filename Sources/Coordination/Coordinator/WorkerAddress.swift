/// A worker and the connection on which it is reached.
public struct WorkerAddress<Connection: Hashable & Sendable>: Sendable, Hashable {
    public let id: WorkerID
    public let connection: Connection

    public init(id: WorkerID, connection: Connection) {
        self.id = id
        self.connection = connection
    }
}
