import Testing
import ZeroMQ

@Suite struct ZeroMQErrorTests {
    @Test func aPortInUseIsNamed() throws {
        let context = try Context()
        let first = try Socket(.router, in: context)
        let endpoint = try first.bind(to: anyLocalPort)
        let second = try Socket(.router, in: context)
        let error = #expect(throws: ZeroMQError.self) { try second.bind(to: endpoint) }
        #expect(error?.code == .addressInUse)
        #expect(error?.endpoint == endpoint)
        #expect(error?.description == "cannot bind \(endpoint): address already in use")
        #expect(try first.receive() == nil)
    }

    @Test(arguments: [
        ("tcp://nonsense", "malformed endpoint, expected tcp://HOST:PORT"),
        ("tcp://127.0.0.1:port", "malformed endpoint, expected tcp://HOST:PORT"),
        ("127.0.0.1:5555", "malformed endpoint, expected tcp://HOST:PORT"),
        ("http://127.0.0.1:5555", "unknown transport, expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:5555", "no network interface of this machine has that address"),
        ("tcp://nosuch0:5555", "this machine has no network interface of that name"),
        ("tcp://127.0.0.1:65536", "port 65536 is not in 1...65535"),
        ("tcp://127.0.0.1:0", "port 0 is not in 1...65535"),
    ])
    func aWrongAddressToBindIsExplained(endpoint: String, reason: String) throws {
        let socket = try Socket(.router, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.bind(to: endpoint) }
        #expect(error?.description == "cannot bind \(endpoint): \(reason)")
    }

    @Test(arguments: [
        ("tcp://nonsense", "malformed endpoint, expected tcp://HOST:PORT"),
        ("http://127.0.0.1:5555", "unknown transport, expected tcp://HOST:PORT"),
        ("tcp://127.0.0.1:99999", "port 99999 is not in 1...65535"),
    ])
    func aWrongAddressToConnectIsExplained(endpoint: String, reason: String) throws {
        let socket = try Socket(.dealer, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.connect(to: endpoint) }
        #expect(error?.description == "cannot connect to \(endpoint): \(reason)")
    }

    @Test func anEmptyEndpointIsSaidToBeEmpty() throws {
        let socket = try Socket(.router, in: Context())
        let error = #expect(throws: ZeroMQError.self) { try socket.bind(to: "") }
        #expect(error?.description == "cannot bind an empty endpoint: malformed endpoint, expected tcp://HOST:PORT")
    }

    @Test func anOptionThatZeroMQDoesNotTakeIsNamed() throws {
        var options = SocketOptions()
        options.sendHighWaterMark = -1
        let error = #expect(throws: ZeroMQError.self) { _ = try Socket(.dealer, in: Context(), options: options) }
        #expect(error?.description == "cannot set socket option ZMQ_SNDHWM to -1: Invalid argument")
    }

    @Test func aRoutingIDThatZeroMQDoesNotTakeIsNamed() throws {
        var options = SocketOptions()
        options.routingID = Frame([UInt8](repeating: 65, count: 256))
        let error = #expect(throws: ZeroMQError.self) { _ = try Socket(.dealer, in: Context(), options: options) }
        #expect(error?.description == "cannot set socket option ZMQ_ROUTING_ID: Invalid argument")
    }
}
