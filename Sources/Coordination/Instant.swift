/// A point in time as the state machines know it: how long after their start. The daemons read a clock that never
/// goes back; tests move it by hand.
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
