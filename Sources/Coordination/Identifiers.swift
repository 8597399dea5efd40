/// Which job: the SHA-256 of what it says, in hexadecimal, so that the same job handed in twice is one job.
public struct JobID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var digest: String

    public init(_ digest: String) {
        self.digest = digest
    }

    public init(from decoder: any Decoder) throws {
        digest = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(digest)
    }

    /// The first twelve digits, which is what people read and type.
    public var description: String { String(digest.prefix(12)) }

    public static func < (a: JobID, b: JobID) -> Bool { a.digest < b.digest }
}

/// Which document: its place, from 0, among all documents of the job's inputs, broken ones included.
public struct DocumentKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var job: JobID
    public var ordinal: Int

    public init(job: JobID, ordinal: Int) {
        self.job = job
        self.ordinal = ordinal
    }

    public var description: String { "\(job)/\(ordinal)" }

    public static func < (a: DocumentKey, b: DocumentKey) -> Bool {
        a.job == b.job ? a.ordinal < b.ordinal : a.job < b.job
    }
}

/// Which worker process: a number that the coordinator gives at each hello and never gives again.
public struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public var description: String { "worker \(number)" }

    public static func < (a: WorkerID, b: WorkerID) -> Bool { a.number < b.number }
}

/// The right to work on one document, and the fencing token that proves it: it only grows, over every start of the
/// coordinator, so that whatever an earlier holder still sends can be told from the present holder's results.
public struct LeaseID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var token: UInt64

    public init(_ token: UInt64) {
        self.token = token
    }

    /// - Parameters:
    ///   - epoch: counts the starts of the coordinator.
    ///   - serial: counts the leases since this start.
    public init(epoch: UInt32, serial: UInt32) {
        token = UInt64(epoch) << 32 | UInt64(serial)
    }

    public init(from decoder: any Decoder) throws {
        token = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(token)
    }

    public var description: String { "lease \(token >> 32).\(token & 0xFFFF_FFFF)" }

    public static func < (a: LeaseID, b: LeaseID) -> Bool { a.token < b.token }
}
