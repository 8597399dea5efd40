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
