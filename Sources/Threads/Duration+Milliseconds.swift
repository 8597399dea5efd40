extension Duration {
    /// The duration in whole milliseconds, rounded up so that a wait never ends early. It is clamped to the range of
    /// poll(2) and of ZeroMQ's options.
    package var milliseconds: CInt {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        return CInt(seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond)
    }
}
