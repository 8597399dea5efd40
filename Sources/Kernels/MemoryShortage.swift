import Synchronization

/// The end of a process that gets no memory for weights, states or activations.
///
/// The process cannot go on without them and has nothing to undo. Others repeat its work.
public enum MemoryShortage {
    private static let ending = Mutex<(@Sendable (Int) -> Never)?>(nil)

    /// Sets the function that ends the process.
    /// - Parameter ending: takes the number of bytes that were asked for.
    public static func report(_ ending: @escaping @Sendable (Int) -> Never) {
        self.ending.withLock { $0 = ending }
    }

    static func end(bytes: Int) -> Never {
        if let ending = ending.withLock({ $0 }) { ending(bytes) }
        // A program without an ending, such as a test, ends here.
        preconditionFailure("no memory for \(bytes) bytes")
    }
}
