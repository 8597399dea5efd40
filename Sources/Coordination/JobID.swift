/// The identity of a job: the SHA-256 of its content, in hexadecimal. The same job submitted twice has one id.
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

    /// The first twelve digits: people read and type these.
    public var description: String { String(digest.prefix(12)) }

    public static func < (a: JobID, b: JobID) -> Bool { a.digest < b.digest }
}
