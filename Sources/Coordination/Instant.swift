/// A point in time, measured from the start of a state machine. The daemons read a monotonic clock; tests set the time.
public struct Instant: InstantProtocol, Sendable {
    public var sinceStart: Duration

    public init(sinceStart: Duration = .zero) {
        self.sinceStart = sinceStart
    }

    public func advanced(by duration: Duration) -> Instant {
        Instant(sinceStart: sinceStart + duration)
    }

    public func duration(to other: Instant) -> Duration {
        other.sinceStart - sinceStart
    }

    public static func < (a: Instant, b: Instant) -> Bool { a.sinceStart < b.sinceStart }
}
