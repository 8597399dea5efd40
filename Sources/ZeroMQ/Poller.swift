import CZeroMQ
import Glibc
public import Threads

/// Waits until one of several sockets, mailboxes or file descriptors has something to read or room to write.
///
/// It belongs to the thread of the sockets it watches, and keeps them open for as long as it exists.
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
    /// One thing that is watched.
    public struct Item: Hashable, Sendable {
        fileprivate let index: Int
    }

    /// What to wait for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: Int16

        public init(rawValue: Int16) {
            self.rawValue = rawValue
        }

        /// There is a message, or there are bytes.
        public static let readable = Interest(rawValue: Int16(ZMQ_POLLIN))
        /// A message can be queued: a DEALER has a connection (`immediate`) with room. A ROUTER always is.
        public static let writable = Interest(rawValue: Int16(ZMQ_POLLOUT))
    }

    private var items: [zmq_pollitem_t] = unsafe []
    private var sockets: [SocketHandle?] = []

    public init() {}

    public mutating func add(_ socket: borrowing Socket, for interest: Interest = .readable) -> Item {
        add(socket.handle, for: interest)
    }

    /// Readable when an element was posted, and once the mailbox is closed.
    public mutating func add<Element>(_ mailbox: Mailbox<Element>) -> Item {
        add(descriptor: mailbox.descriptor)
    }

    public mutating func add(_ monitor: borrowing SocketMonitor) -> Item {
        add(monitor.handle, for: .readable)
    }

    /// - Parameter descriptor: stays open while it is watched; one in error or at its end counts as ready.
    public mutating func add(descriptor: CInt, for interest: Interest = .readable) -> Item {
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: interest.rawValue, revents: 0))
        sockets.append(nil)
        return Item(index: unsafe items.count - 1)
    }

    /// Waits for something else than before on an item; for nothing, as long as the interest is empty.
    public mutating func setInterest(_ interest: Interest, of item: Item) {
        unsafe items[item.index].events = interest.rawValue
        guard sockets[item.index] == nil else { return }
        // The end of a descriptor's stream is reported whatever the events asked for, but not for a negative number.
        let isIgnored = unsafe items[item.index].fd < 0
        if interest.isEmpty != isIgnored { unsafe items[item.index].fd = ~items[item.index].fd }
    }

    /// Waits until an item is ready, for at most `timeout`; nil waits for as long as it takes, 0 only looks.
    ///
    /// A signal's interruption does not end the wait.
    ///
    /// - Returns: the items that are ready; none when the time is over.
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
