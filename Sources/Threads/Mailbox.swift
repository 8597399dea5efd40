import CThreads
import Glibc
import Synchronization

/// A queue between threads, with a descriptor that whoever waits for sockets can wait on beside them.
///
/// Any thread may post and any may take. It is how compute threads and the thread that owns the sockets talk.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct Contents {
        /// Oldest first.
        var posted: [Element] = []
        /// Newest first, so that the oldest is taken from the end at no cost.
        var toTake: [Element] = []
        var isClosed = false

        var isEmpty: Bool { posted.isEmpty && toTake.isEmpty }
    }

    /// An eventfd(2), readable exactly while the mailbox has elements or is closed; changed only under the lock.
    package let descriptor: CInt
    private let contents = Mutex(Contents())

    /// - Throws: when the process has no file descriptors left.
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
    /// - Returns: false if the mailbox is closed and the element was dropped.
    @discardableResult
    public func post(_ element: Element) -> Bool {
        contents.withLock { contents in
            guard !contents.isClosed else { return false }
            if contents.isEmpty { raise() }
            contents.posted.append(element)
            return true
        }
    }

    /// Takes everything there is, oldest first, without waiting.
    public func drain() -> [Element] {
        contents.withLock { contents in
            let elements = contents.toTake.reversed() + contents.posted
            contents.toTake = []
            contents.posted = []
            if !elements.isEmpty && !contents.isClosed { lower() }
            return elements
        }
    }

    /// Takes the oldest element, waiting for one for at most `timeout`; nil waits for as long as it takes.
    ///
    /// - Returns: nil when the time is over, or when the mailbox is closed and nothing is left in it.
    public func wait(timeout: Duration? = nil) -> Element? {
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: max($0, .zero)) }
        while true {
            let (element, isClosed) = takeOldest()
            if element != nil || isClosed { return element }
            if let deadline, clock.now >= deadline { return nil }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Whatever ends the wait, an interruption included, the next round looks again.
            unsafe poll(&event, 1, deadline.map { clock.now.duration(to: $0).milliseconds } ?? -1)
        }
    }

    /// Refuses further elements and ends every wait. Elements already posted can still be taken.
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
