import Coordination
import Testing

@Suite struct PeerTableTests {
    private func hello(_ instance: UInt64, attempt: Int = 0) -> PeerMessage.Hello {
        .init(name: "w\(instance)", instance: instance, attempt: attempt, lanes: 1, credit: 2, profile: "p")
    }

    @Test func workersAreKnownByBothNames() {
        var peers = PeerTable<String>()
        #expect(peers.hello(hello(7), from: "a") == .joined(WorkerID(1), replaces: nil))
        #expect(peers.hello(hello(8), from: "b") == .joined(WorkerID(2), replaces: nil))
        #expect(peers["a"]?.id == WorkerID(1))
        #expect(peers[WorkerID(2)]?.connection == "b")
        #expect(peers["c"] == nil)
        #expect(peers.all.map(\.hello.instance) == [7, 8])
    }

    @Test func theSameHelloAgainIsNoNewWorker() {
        var peers = PeerTable<String>()
        _ = peers.hello(hello(7), from: "a")
        #expect(peers.hello(hello(7), from: "a") == .repeated(WorkerID(1)))
    }

    /// A worker that starts over, or comes back on a new connection, is another one to the scheduler.
    @Test(arguments: [("a", 1), ("b", 0), ("b", 1)]) func aWorkerThatStartsOverTakesItsPlace(
        routingID: String, attempt: Int
    ) {
        var peers = PeerTable<String>()
        _ = peers.hello(hello(7), from: "a")
        let joined = peers.hello(hello(7, attempt: attempt), from: routingID)
        #expect(joined == .joined(WorkerID(2), replaces: WorkerID(1)))
        #expect(peers[WorkerID(1)] == nil)
        #expect(peers.all.map(\.id) == [WorkerID(2)])
        #expect(peers[routingID]?.id == WorkerID(2))
        #expect((peers["a"] == nil) == (routingID != "a"))
        // What the scheduler says of the earlier one comes after this.
        peers.remove(WorkerID(1))
        #expect(peers[routingID]?.id == WorkerID(2))
        #expect(peers.hello(hello(7, attempt: attempt), from: routingID) == .repeated(WorkerID(2)))
    }

    @Test func anOlderHelloChangesNothing() {
        var peers = PeerTable<String>()
        _ = peers.hello(hello(7, attempt: 3), from: "a")
        #expect(peers.hello(hello(7, attempt: 2), from: "b") == .outdated)
        #expect(peers["a"]?.id == WorkerID(1))
        #expect(peers["b"] == nil)
    }

    @Test func numbersAreGivenOnce() {
        var peers = PeerTable<String>()
        _ = peers.hello(hello(7), from: "a")
        peers.remove(WorkerID(1))
        #expect(peers["a"] == nil)
        #expect(peers.hello(hello(7), from: "a") == .joined(WorkerID(2), replaces: nil))
    }
}
