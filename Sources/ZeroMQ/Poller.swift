import CZeroMQ
import Glibc
public import Threads

/// Waits until one of several sockets, mailboxes or file descriptors can be read or written.
///
/// It belongs to the thread of its sockets, and keeps them open for as long as it exists.
///
/// ```swift
/// var poller = Poller()
/// let peers = poller.add(router)
/// let results = poller.add(mailbox)
/// let ready = try poller.wait(timeout: .seconds(1))
/// if ready.contains(peers) { while let message = try router.receive() { … } }
/// if ready.contains(results) { for result in mailbox.drain() { … } }
/// ```
@safe
public struct Poller: ~Copyable {
    /// A watched socket, mailbox or descriptor.
    public struct Item: Hashable, Sendable {
        fileprivate let index: Int
    }

    /// The events to wait for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: Int16

        public init(rawValue: Int16) {
            self.rawValue = rawValue
        }

        /// A message or bytes can be read.
        public static let readable = Interest(rawValue: Int16(ZMQ_POLLIN))
        /// A message can be queued: a DEALER (`immediate`) has a connection with room. A ROUTER is always writable.
        public static let writable = Interest(rawValue: Int16(ZMQ_POLLOUT))
    }

    private var items: [zmq_pollitem_t] = unsafe []
    private var sockets: [SocketHandle?] = []

    public init() {}

    public mutating func add(_ socket: borrowing Socket, for interest: Interest = .readable) -> Item {
        add(socket.handle, for: interest)
    }

    /// Adds a mailbox. It is readable when it has an element or is closed.
    public mutating func add<Element>(_ mailbox: Mailbox<Element>) -> Item {
        add(descriptor: mailbox.descriptor)
    }

    public mutating func add(_ monitor: borrowing SocketMonitor) -> Item {
        add(monitor.handle, for: .readable)
    }

    /// - Parameter descriptor: must stay open while it is watched. One in error or at its end counts as ready.
    public mutating func add(descriptor: CInt, for interest: Interest = .readable) -> Item {
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: interest.rawValue, revents: 0))
        sockets.append(nil)
        return Item(index: unsafe items.count - 1)
    }

    /// Replaces the interest in an item. An empty interest waits for nothing.
    public mutating func setInterest(_ interest: Interest, of item: Item) {
        unsafe items[item.index].events = interest.rawValue
        guard sockets[item.index] == nil else { return }
        // poll(2) reports the end of a stream whatever the events, unless the descriptor is negative.
        let isIgnored = unsafe items[item.index].fd < 0
        if interest.isEmpty != isIgnored { unsafe items[item.index].fd = ~items[item.index].fd }
    }

    /// Waits until an item is ready, for at most `timeout`; nil for no limit, 0 for no wait.
    ///
    /// A signal does not end the wait.
    ///
    /// - Returns: the ready items; none after the timeout.
    /// - Throws: `ZeroMQError` with `.terminated` when a socket's context was shut down.
    public mutating func wait(timeout: Duration?) throws(ZeroMQError) -> [Item] {
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: max($0, .zero)) }
        while true {
            let milliseconds = deadline.map { Int((clock.now.duration(to: $0)).milliseconds) } ?? -1
            let count = unsafe zmq_poll(&items, CInt(items.count), milliseconds)
            if count > 0 {
                return unsafe items.indices.filter { unsafe items[$0].revents != 0 }.map(Item.init(index:))
            }
            if count == -1 {
                guard zmq_errno() == EINTR else { throw .last(.poll) }
            } else if let deadline, clock.now >= deadline {
                return []
            }
        }
    }

    private mutating func add(_ socket: SocketHandle, for interest: Interest) -> Item {
        unsafe items.append(zmq_pollitem_t(socket: socket.pointer, fd: -1, events: interest.rawValue, revents: 0))
        sockets.append(socket)
        return Item(index: unsafe items.count - 1)
    }
}
