import CThreads
import Glibc

/// A thread of the operating system, for work that blocks or computes for long. Such work must not hold up Swift's
/// pool.
public final class OSThread: Sendable {
    /// The stack size in bytes for a thread that only waits and passes messages on.
    public static let smallStack = 512 << 10

    private let end: Mailbox<Never>

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: the name in `ps -L` and debuggers; the first 15 bytes count.
    ///   - stackSize: the stack in bytes. Only the used part takes memory.
    ///   - body: the thread's work. The thread ends with it.
    /// - Throws: `ThreadError` when the system has no resources for another thread.
    public init(
        name: String,
        stackSize: Int = 8 << 20,
        body: sending @escaping () -> Void
    ) throws(ThreadError) {
        let end = try Mailbox<Never>()
        let start = ThreadStart(name: String(decoding: name.utf8.prefix(15), as: UTF8.self)) {
            body()
            end.close()
        }
        self.end = end
        try Self.start(start, stackSize: stackSize)
    }

    /// Waits until the thread's body has returned.
    public func join() {
        _ = end.wait()
    }

    /// Starts this many threads of the default size at once and ends them again.
    ///
    /// It precedes a library that ends the process if it cannot start its threads. The C library keeps the stacks of
    /// ended threads, so the library's threads find memory (pthread_create(3)).
    /// - Throws: `ThreadError` when the system has no resources for the threads.
    package static func checkRoom(for count: Int) throws(ThreadError) {
        let areAllThere = try Mailbox<Never>()
        var threads: [pthread_t] = []
        defer {
            areAllThere.close()
            for thread in threads { pthread_join(thread, nil) }
        }
        for _ in 0..<count {
            var attributes = pthread_attr_t()
            unsafe pthread_attr_init(&attributes)
            defer { unsafe pthread_attr_destroy(&attributes) }
            threads.append(try create(ThreadStart(name: "room") { _ = areAllThere.wait() }, &attributes))
        }
    }

    private static func start(_ start: ThreadStart, stackSize: Int) throws(ThreadError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        // The thread is detached, so that nobody must join it. `end` tells when its body has returned.
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        _ = try create(start, &attributes)
    }

    private static func create(
        _ start: ThreadStart, _ attributes: inout pthread_attr_t
    ) throws(ThreadError) -> pthread_t {
        var id = pthread_t()
        let argument = unsafe Unmanaged.passRetained(start)
        let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            unsafe Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }
        let code = unsafe pthread_create(&id, &attributes, entry, argument.toOpaque())
        guard code == 0 else {
            unsafe argument.release()
            throw ThreadError(.startThread, code: code)
        }
        return id
    }
}

/// The arguments of a new thread.
private final class ThreadStart {
    private let name: String
    private let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        unsafe pthread_setname_np(pthread_self(), name)
        body()
    }
}
