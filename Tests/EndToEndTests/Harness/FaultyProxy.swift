import Foundation
import Glibc

/// Stands between workers and a coordinator and does to their connections what networks do.
///
/// One thread owns all sockets; a fault is asked for by a test's thread and counted when it is done.
final class FaultyProxy: Sendable {
    enum Fault: CaseIterable, Sendable {
        /// Nothing is passed on, and nothing is closed.
        case stall
        /// Everything is passed on so much later.
        case delay
        /// Both sides are told that the connection was reset.
        case cut
        /// The coordinator reads an end while the worker can still be written to.
        case closeTowardsCoordinator
        /// The worker reads an end while the coordinator can still be written to.
        case closeTowardsWorker
    }

    /// How late everything is while it is delayed.
    static let lateness = Duration.milliseconds(300)

    /// Where workers connect to.
    let endpoint: String
    private let state = Guarded(State())
    private let wakeUp: Pipe

    struct State {
        var isStalled = false
        var isDelayed = false
        var isStopped = false
        /// Faults that connections have still to suffer.
        var wanted: [Fault] = []
        /// Faults done, each with the connections that suffered it.
        var done: [(fault: Fault, connections: Int)] = []
        /// Connections there have been.
        var accepted = 0
        var bytes = 0
    }

    /// - Parameter coordinator: `tcp://127.0.0.1:PORT`; it need not be there yet.
    init(to coordinator: String) throws {
        guard let port = coordinator.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Failure("no port in \(coordinator)")
        }
        let listener = try Descriptor.listening()
        endpoint = "tcp://127.0.0.1:\(try listener.port())"
        wakeUp = Pipe()
        let (state, wakeUp) = (state, wakeUp)
        Thread.detachNewThread {
            var relay = Relay(listener, to: port, wakeUp: wakeUp.fileHandleForReading.fileDescriptor)
            while relay.turn(state) {}
            withExtendedLifetime(wakeUp) {}
        }
    }

    deinit {
        change { $0.isStopped = true }
    }

    var accepted: Int { state.now.accepted }
    var bytes: Int { state.now.bytes }

    /// Begins a stall or a delay, which lasts until ``heal()``, or does something to all connections once.
    /// - Returns: how many connections there were.
    @discardableResult
    func suffer(_ fault: Fault) throws -> Int {
        let before = state.now.done.count
        change {
            switch fault {
            case .stall: $0.isStalled = true
            case .delay: $0.isDelayed = true
            case .cut, .closeTowardsCoordinator, .closeTowardsWorker: break
            }
            $0.wanted.append(fault)
        }
        guard let done = state.wait(LineLog.patience, until: { $0.done.count > before })?.done.last else {
            throw Failure("the proxy does not answer")
        }
        return done.connections
    }

    /// Ends stalls and delays.
    func heal() {
        change { ($0.isStalled, $0.isDelayed) = (false, false) }
    }

    /// Waits for a connection after so many.
    func waitForConnection(after count: Int) throws {
        guard state.wait(LineLog.patience, until: { $0.accepted > count }) != nil else {
            throw Failure("nobody has connected to the proxy again")
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.change(body)
        wakeUp.fileHandleForWriting.write(Data([0]))
    }
}

/// The proxy's thread.
private struct Relay: ~Copyable {
    /// One direction of a connection.
    private struct Flow {
        var waiting: [(bytes: [UInt8], due: ContinuousClock.Instant)] = []
        var isAtEnd = false
        var isEndPassed = false
        var size: Int { waiting.reduce(0) { $0 + $1.bytes.count } }
    }

    private struct Connection {
        /// Of the worker and of the coordinator.
        let sides: [Descriptor]
        /// From each side to the other.
        var flows = [Flow(), Flow()]
        var isOver = false
    }

    /// More than this is not read before some of it was passed on.
    private static let bytesAhead = 1 << 20

    private let listener: Descriptor
    private let port: UInt16
    private let wakeUp: Int32
    private var connections: [Connection] = []

    init(_ listener: Descriptor, to port: UInt16, wakeUp: Int32) {
        self.listener = listener
        self.port = port
        self.wakeUp = wakeUp
    }

    /// Waits for something to do and does it.
    /// - Returns: whether there is more to come.
    mutating func turn(_ state: Guarded<FaultyProxy.State>) -> Bool {
        let now = state.now
        var polled = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
        polled.append(pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0))
        var soonest: Duration?
        for connection in connections {
            for side in 0...1 {
                let (incoming, outgoing) = (connection.flows[side], connection.flows[1 - side])
                let wait = outgoing.waiting.first.map { ContinuousClock.now.duration(to: $0.due) }
                if let wait, wait > .zero { soonest = min(soonest ?? wait, wait) }
                var events: Int32 = 0
                if !now.isStalled, !incoming.isAtEnd, incoming.size < Self.bytesAhead { events |= POLLIN }
                if !now.isStalled, let wait, wait <= .zero { events |= POLLOUT }
                // A side with nothing to ask of it is left out: poll(2) passes over negative numbers.
                polled.append(
                    pollfd(fd: events == 0 ? -1 : connection.sides[side].number, events: Int16(events), revents: 0))
            }
        }
        let timeout = soonest.map { Int32($0 / .milliseconds(1)) + 1 } ?? -1
        let count = nfds_t(polled.count)
        unsafe poll(&polled, count, timeout)
        if polled[0].revents != 0 {
            _ = Descriptor.read(wakeUp)
            if !carryOut(state) { return false }
        }
        if polled[1].revents != 0 { accept(state) }
        // Connections that were just accepted come behind those that were polled.
        for index in 0..<(polled.count - 2) / 2 where !connections[index].isOver {
            for side in 0...1 where polled[2 + 2 * index + side].revents != 0 {
                move(index, side, polled[2 + 2 * index + side].revents, state)
            }
        }
        connections.removeAll { $0.isOver }
        return true
    }

    /// - Returns: whether the proxy goes on.
    private mutating func carryOut(_ state: Guarded<FaultyProxy.State>) -> Bool {
        let now = state.now
        if now.isStopped { return false }
        for fault in now.wanted {
            let suffering = connections.count { !$0.isOver }
            for index in connections.indices where !connections[index].isOver {
                switch fault {
                case .stall, .delay:
                    break
                case .cut:
                    for side in connections[index].sides { side.resetOnClose() }
                    connections[index].isOver = true
                case .closeTowardsCoordinator:
                    connections[index].sides[1].closeForWriting()
                    connections[index].flows[0] = Flow(isAtEnd: true, isEndPassed: true)
                case .closeTowardsWorker:
                    connections[index].sides[0].closeForWriting()
                    connections[index].flows[1] = Flow(isAtEnd: true, isEndPassed: true)
                }
            }
            state.change {
                $0.wanted.removeFirst()
                $0.done.append((fault, suffering))
            }
        }
        return true
    }

    private mutating func accept(_ state: Guarded<FaultyProxy.State>) {
        guard let worker = listener.accepted() else { return }
        // Without a coordinator the worker's connection ends at once, as it would without a proxy.
        guard let coordinator = Descriptor.connected(to: port) else { return worker.resetOnClose() }
        connections.append(Connection(sides: [worker, coordinator]))
        state.change { $0.accepted += 1 }
    }

    private mutating func move(_ index: Int, _ side: Int, _ events: Int16, _ state: Guarded<FaultyProxy.State>) {
        let isDelayed = state.now.isDelayed
        if Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0, !connections[index].flows[side].isAtEnd {
            switch Descriptor.read(connections[index].sides[side].number) {
            case .bytes(let bytes):
                let due = ContinuousClock.now + (isDelayed ? FaultyProxy.lateness : .zero)
                connections[index].flows[side].waiting.append((bytes, due))
            case .end: connections[index].flows[side].isAtEnd = true
            case .nothing: break
            case .failed: return end(index)
            }
        }
        let now = ContinuousClock.now
        while let next = connections[index].flows[1 - side].waiting.first, next.due <= now {
            let written = connections[index].sides[side].write(next.bytes)
            guard let written else { return end(index) }
            state.change { $0.bytes += written }
            if written < next.bytes.count {
                connections[index].flows[1 - side].waiting[0].bytes.removeFirst(written)
                break
            }
            connections[index].flows[1 - side].waiting.removeFirst()
        }
        passEnds(index)
    }

    /// Tells each side of the other's end when everything before it has been passed on.
    private mutating func passEnds(_ index: Int) {
        for side in 0...1 {
            let flow = connections[index].flows[side]
            guard flow.isAtEnd, !flow.isEndPassed, flow.waiting.isEmpty else { continue }
            connections[index].sides[1 - side].closeForWriting()
            connections[index].flows[side].isEndPassed = true
        }
        if connections[index].flows.allSatisfy(\.isEndPassed) { connections[index].isOver = true }
    }

    private mutating func end(_ index: Int) {
        for side in connections[index].sides { side.resetOnClose() }
        connections[index].isOver = true
    }
}

/// A socket that is closed when it is let go of, and that never blocks.
final class Descriptor: Sendable {
    let number: Int32

    private init(_ number: Int32) {
        self.number = number
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        close(number)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func call(
        _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ number: Int32, port: UInt16
    ) -> Bool {
        unsafe withUnsafePointer(to: address(port: port)) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func listening() throws -> Descriptor {
        let listener = Descriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        guard unsafe call(bind, listener.number, port: 0), listen(listener.number, 64) == 0 else {
            throw Failure("the proxy cannot listen: error \(errno)")
        }
        return listener
    }

    func port() throws -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &size) }
        }
        guard result == 0 else { throw Failure("the proxy's port is not known: error \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// On this machine a connection is there or refused at once, so that this may block.
    static func connected(to port: UInt16) -> Descriptor? {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard unsafe call(connect, number, port: port) else {
            close(number)
            return nil
        }
        return Descriptor(number)
    }

    func accepted() -> Descriptor? {
        let connection = accept(number, nil, nil)
        return connection < 0 ? nil : Descriptor(connection)
    }

    enum Arrival {
        case bytes([UInt8])
        case end, nothing, failed
    }

    static func read(_ number: Int32) -> Arrival {
        let size = 64 << 10
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            count = unsafe Glibc.read(number, buffer.baseAddress, size)
            filled = max(count, 0)
        }
        if count > 0 { return .bytes(bytes) }
        return count == 0 ? .end : errno == EAGAIN || errno == EINTR ? .nothing : .failed
    }

    /// - Returns: how many bytes were taken; `nil` if none ever will be.
    func write(_ bytes: [UInt8]) -> Int? {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        return count >= 0 ? count : errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Waits until something can be written, or the other side is gone; for a second at most.
    func waitUntilWritable() {
        var event = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&event, 1, 1000)
    }

    func closeForWriting() {
        shutdown(number, Int32(SHUT_WR))
    }

    /// Makes the close a reset (socket(7), SO_LINGER).
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
}
