import Testing
import ZeroMQ

@Suite struct SocketMonitorTests {
    @Test func bothSidesSeeAConnectionComeAndGo() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let accepting = try SocketMonitor(router)
        let endpoint = try router.bind(to: anyLocalPort)
        do {
            let dealer = try Socket(.dealer, in: context)
            let connecting = try SocketMonitor(dealer)
            try dealer.connect(to: endpoint)
            #expect(try next([.connected], from: connecting) == .connected)
            #expect(try next([.handshakeSucceeded], from: connecting) == .handshakeSucceeded)
            #expect(try next([.accepted], from: accepting) == .accepted)
            #expect(try next([.handshakeSucceeded], from: accepting) == .handshakeSucceeded)
        }
        #expect(try next([.disconnected], from: accepting) == .disconnected)
        #expect(try accepting.receive() == nil)
    }

    @Test func anEventNamesItsEndpoint() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind(to: anyLocalPort)
        let dealer = try Socket(.dealer, in: context)
        let monitor = try SocketMonitor(dealer)
        try dealer.connect(to: endpoint)
        var poller = Poller()
        let events = poller.add(monitor)
        #expect(try poller.wait(timeout: patience) == [events])
        let first = try #require(try monitor.receive())
        #expect(first.event == .connected)
        #expect(first.endpoint == endpoint)
    }

    @Test func aSocketCanHaveOneMonitorAfterAnother() throws {
        let router = try Socket(.router, in: Context())
        for _ in 0..<10 {
            let monitor = try SocketMonitor(router)
            #expect(try monitor.receive() == nil)
        }
    }
}
