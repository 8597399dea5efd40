import Synchronization

/// The end of a process for whose weights, states or activations the system has no memory.
///
/// Nothing could go on without them, and there is nothing to undo: what the process held, others do again.
public enum MemoryShortage {
    private static let ending = Mutex<(@Sendable (Int) -> Never)?>(nil)

    /// Says how the process ends.
    /// - Parameter ending: takes the bytes that were wanted.
    public static func report(_ ending: @escaping @Sendable (Int) -> Never) {
        self.ending.withLock { $0 = ending }
    }

    static func end(bytes: Int) -> Never {
        if let ending = ending.withLock({ $0 }) { ending(bytes) }
        // Without a program that says how, as in tests.
        preconditionFailure("no memory for \(bytes) bytes")
    }
}
