import Coordination
import CoordinatorDaemon
import Testing
import ZeroMQ

@Suite struct PeerTableTests {
    private func hello(_ instance: UInt64, attempt: Int = 0) -> PeerMessage.Hello {
        .init(name: "w\(instance)", instance: instance, attempt: attempt, lanes: 1, credit: 2, profile: "p")
    }

    @Test func workersAreKnownByBothNames() {
        var peers = PeerTable()
        #expect(peers.hello(hello(7), from: Frame("a")) == .joined(WorkerID(1), replaces: nil))
        #expect(peers.hello(hello(8), from: Frame("b")) == .joined(WorkerID(2), replaces: nil))
        #expect(peers[Frame("a")]?.id == WorkerID(1))
        #expect(peers[WorkerID(2)]?.routingID == Frame("b"))
        #expect(peers[Frame("c")] == nil)
        #expect(peers.all.map(\.hello.instance) == [7, 8])
    }

    @Test func theSameHelloAgainIsNoNewWorker() {
        var peers = PeerTable()
        _ = peers.hello(hello(7), from: Frame("a"))
        #expect(peers.hello(hello(7), from: Frame("a")) == .repeated(WorkerID(1)))
    }

    /// A worker that starts over, or comes back on a new connection, is another one to the scheduler.
    @Test(arguments: [("a", 1), ("b", 0), ("b", 1)]) func aWorkerThatStartsOverTakesItsPlace(
        routingID: String, attempt: Int
    ) {
        var peers = PeerTable()
        _ = peers.hello(hello(7), from: Frame("a"))
        let joined = peers.hello(hello(7, attempt: attempt), from: Frame(routingID))
        #expect(joined == .joined(WorkerID(2), replaces: WorkerID(1)))
        #expect(peers[WorkerID(1)] == nil)
        #expect(peers.all.map(\.id) == [WorkerID(2)])
        #expect(peers[Frame(routingID)]?.id == WorkerID(2))
        #expect((peers[Frame("a")] == nil) == (routingID != "a"))
        // What the scheduler says of the earlier one comes after this.
        peers.remove(WorkerID(1))
        #expect(peers[Frame(routingID)]?.id == WorkerID(2))
        #expect(peers.hello(hello(7, attempt: attempt), from: Frame(routingID)) == .repeated(WorkerID(2)))
    }

    @Test func anOlderHelloChangesNothing() {
        var peers = PeerTable()
        _ = peers.hello(hello(7, attempt: 3), from: Frame("a"))
        #expect(peers.hello(hello(7, attempt: 2), from: Frame("b")) == .outdated)
        #expect(peers[Frame("a")]?.id == WorkerID(1))
        #expect(peers[Frame("b")] == nil)
    }

    @Test func numbersAreGivenOnce() {
        var peers = PeerTable()
        _ = peers.hello(hello(7), from: Frame("a"))
        peers.remove(WorkerID(1))
        #expect(peers[Frame("a")] == nil)
        #expect(peers.hello(hello(7), from: Frame("a")) == .joined(WorkerID(2), replaces: nil))
    }

    @Test func outboxesBelongToTheirWorkers() {
        var peers = PeerTable()
        for instance in 1...3 { _ = peers.hello(hello(UInt64(instance)), from: Frame("\(instance)")) }
        peers.setOutbox([[Frame("x")]], of: WorkerID(2))
        peers.setOutbox([[Frame("y")]], of: WorkerID(9))
        #expect(peers.withOutbox == [WorkerID(2)])
        #expect(peers[WorkerID(2)]?.outbox == [[Frame("x")]])
        peers.setOutbox([], of: WorkerID(2))
        #expect(peers.withOutbox.isEmpty)
    }
}
