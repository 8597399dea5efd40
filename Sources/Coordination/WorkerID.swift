/// The number of a worker. The coordinator gives a new number at each hello and never gives one twice.
public struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public var description: String { "worker \(number)" }

    public static func < (a: WorkerID, b: WorkerID) -> Bool { a.number < b.number }
}
