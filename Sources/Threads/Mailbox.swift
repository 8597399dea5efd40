import CThreads
import Glibc
import Synchronization

/// A queue between threads, with a descriptor that a poller can watch beside sockets.
///
/// Any thread may post and any may take. Compute threads talk through it with the thread of the sockets.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct Contents {
        /// The posted elements, the oldest first.
        var posted: [Element] = []
        /// The elements to take, the newest first, so that the oldest is taken from the end at no cost.
        var toTake: [Element] = []
        var isClosed = false

        var isEmpty: Bool { posted.isEmpty && toTake.isEmpty }
    }

    /// The eventfd(2), readable while the mailbox has elements or is closed. It changes only under the lock.
    package let descriptor: CInt
    private let contents = Mutex(Contents())

    /// - Throws: `ThreadError` when the process has no file descriptors left.
    public init() throws(ThreadError) {
        descriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor != -1 else { throw ThreadError(.createMailbox, code: errno) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    public var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// Adds an element at the end.
    ///
    /// - Returns: whether the element was added; false if the mailbox is closed.
    @discardableResult
    public func post(_ element: Element) -> Bool {
        contents.withLock { contents in
            guard !contents.isClosed else { return false }
            if contents.isEmpty { raise() }
            contents.posted.append(element)
            return true
        }
    }

    /// Takes all elements, the oldest first, without waiting.
    public func drain() -> [Element] {
        contents.withLock { contents in
            let elements = contents.toTake.reversed() + contents.posted
            contents.toTake = []
            contents.posted = []
            if !elements.isEmpty && !contents.isClosed { lower() }
            return elements
        }
    }

    /// Takes the oldest element. Waits for one for at most `timeout`; nil for no limit.
    ///
    /// - Returns: nil after the timeout, or when the mailbox is closed and empty.
    public func wait(timeout: Duration? = nil) -> Element? {
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: max($0, .zero)) }
        while true {
            let (element, isClosed) = takeOldest()
            if element != nil || isClosed { return element }
            if let deadline, clock.now >= deadline { return nil }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // An interruption by a signal also ends the wait. The next round looks again.
            unsafe poll(&event, 1, deadline.map { clock.now.duration(to: $0).milliseconds } ?? -1)
        }
    }

    /// Refuses further elements and ends every wait. Posted elements can still be taken.
    public func close() {
        contents.withLock { contents in
            if contents.isEmpty && !contents.isClosed { raise() }
            contents.isClosed = true
        }
    }

    private func takeOldest() -> (element: Element?, isClosed: Bool) {
        contents.withLock { contents in
            if contents.toTake.isEmpty {
                contents.toTake = contents.posted.reversed()
                contents.posted = []
            }
            let element = contents.toTake.popLast()
            if element != nil && contents.isEmpty && !contents.isClosed { lower() }
            return (element, contents.isClosed)
        }
    }

    private func raise() {
        eventfd_write(descriptor, 1)
    }

    private func lower() {
        var value: eventfd_t = 0
        unsafe eventfd_read(descriptor, &value)
    }
}
