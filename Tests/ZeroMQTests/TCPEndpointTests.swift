import Testing
import ZeroMQ

@Suite struct TCPEndpointTests {
    @Test(arguments: [
        ("tcp://127.0.0.1:5555", true), ("tcp://127.255.3.4:*", true), ("tcp://127.1:5555", true),
        ("tcp://[::1]:5555", true), ("tcp://[::ffff:127.0.0.1]:1", true), ("tcp://lo:5555", true),
        ("tcp://localhost:5555", true), ("ipc:///tmp/socket", true), ("ipc://@name", true),
        ("tcp://0.0.0.0:5555", false), ("tcp://*:5555", false), ("tcp://[::]:5555", false),
        ("tcp://192.0.2.1:5555", false), ("tcp://[2001:db8::1]:5555", false),
        ("tcp://[::ffff:192.0.2.1]:5555", false),
    ])
    func loopbackIsWhatOnlyThisMachineReaches(endpoint: String, isLoopback: Bool) throws {
        #expect(try TCPEndpoint.isLoopback(endpoint) == isLoopback)
    }

    /// A name that begins like an address is none.
    @Test(arguments: [
        "tcp://127.nosuch.invalid:1", "tcp://nosuch0:1", "tcp://[::zz]:1", "tcp://nonsense", "tcp://:1", "127.0.0.1:1",
    ])
    func whatIsNoAddressIsNoLoopback(endpoint: String) {
        let error = #expect(throws: ZeroMQError.self) { try TCPEndpoint.isLoopback(endpoint) }
        #expect(error?.description.hasPrefix("cannot bind \(endpoint): ") == true)
    }

    @Test func anUnknownHostIsSaidToBeUnknown() throws {
        let socket = try Socket(.dealer, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.connect(to: "tcp://nosuch.invalid:5555") }
        #expect(error?.code == .hostUnreachable)
        #expect(
            error?.description.hasPrefix("cannot connect to tcp://nosuch.invalid:5555: unknown host 'nosuch.invalid' (")
                == true)
    }
}
