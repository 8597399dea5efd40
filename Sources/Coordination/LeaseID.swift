/// The number of a lease, which is the right to work on one document. The number is a fencing token: it only grows,
/// over all starts of the coordinator. So the coordinator can tell late results of an earlier holder from results of
/// the present holder.
public struct LeaseID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var token: UInt64

    public init(_ token: UInt64) {
        self.token = token
    }

    /// - Parameters:
    ///   - epoch: the number of the coordinator's start.
    ///   - serial: the number of the lease since this start.
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
