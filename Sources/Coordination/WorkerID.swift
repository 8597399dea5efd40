/// Which worker process: a number that the coordinator gives at each hello and never gives again.
public struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public var description: String { "worker \(number)" }

    public static func < (a: WorkerID, b: WorkerID) -> Bool { a.number < b.number }
}
