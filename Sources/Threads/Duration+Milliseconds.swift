extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends early, within what poll(2) and ZeroMQ's options take.
    package var milliseconds: CInt {
        let (seconds, attoseconds) = components
        guard self > .zero else { return 0 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
        return CInt(seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond)
    }
}
