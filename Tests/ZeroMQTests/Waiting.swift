import FoundationEssentials
import ZeroMQ

/// How long a test waits for what must happen. Reached only by a failure.
let patience = Duration.seconds(20)

/// How long a test watches for what must not happen. Too short could only let a failure pass.
let glimpse = Duration.milliseconds(300)

/// The next message of a socket, waiting for it.
func next(from socket: borrowing Socket, within limit: Duration = patience) throws -> ReceivedMessage? {
    var poller = Poller()
    _ = poller.add(socket)
    return try poller.wait(timeout: limit).isEmpty ? nil : socket.receive()
}

/// Whether a message can be sent, waiting for it.
func isWritable(_ socket: borrowing Socket, within limit: Duration = patience) throws -> Bool {
    var poller = Poller()
    _ = poller.add(socket, for: .writable)
    return try !poller.wait(timeout: limit).isEmpty
}

/// The next event of a monitor that is among `wanted`, waiting for it.
func next(
    _ wanted: Set<SocketMonitor.Event>,
    from monitor: borrowing SocketMonitor
) throws -> SocketMonitor.Event? {
    var poller = Poller()
    _ = poller.add(monitor)
    while try !poller.wait(timeout: patience).isEmpty {
        while let (event, _) = try monitor.receive() {
            if wanted.contains(event) { return event }
        }
    }
    return nil
}

let anyLocalPort = "tcp://127.0.0.1:*"

/// The port of a service that is long dead (tcpmux, RFC 1078).
let nobodyListens = "tcp://127.0.0.1:1"

/// Whether this machine has addresses of IPv6 (proc(5), if_inet6).
let hasIPv6 = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8).isEmpty == false) ?? false
