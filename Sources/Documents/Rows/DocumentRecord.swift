internal import FoundationEssentials

/// The record of a document: `{"id","digest","bytes","tokens"}`, a line of the file beside the output that updates
/// read.
public struct DocumentRecord: OutputRow, Equatable, Codable {
    public var id: String
    /// The first 32 digits of the SHA-256 of the document's source bytes; `nil` for an error row.
    public var digest: String?
    /// The length of the document's rows in the output, or of its error row in the errors file.
    public var bytes: Int
    public var tokens: Int?
    /// The index of the document's profile in the manifest; `nil` for the first profile.
    public var profile: Int?
    /// Whether the document has an error row: `true`, or omitted.
    public var error: Bool?

    public init(id: String, digest: String?, bytes: Int, tokens: Int, profile: Int = 0, isError: Bool = false) {
        self.id = id
        self.digest = isError ? nil : digest.map { String($0.prefix(Self.digits)) }
        self.bytes = bytes
        self.tokens = isError ? nil : tokens
        self.profile = profile > 0 ? profile : nil
        error = isError ? true : nil
    }

    /// The number of digits of a digest. Equal digests of different documents are practically impossible.
    public static let digits = 32

    /// - Returns: `nil` for a line that longscan did not write.
    public init?(line: [UInt8]) {
        guard let record = try? JSONDecoder().decode(Self.self, from: Data(line)), record.bytes >= 0,
            record.tokens ?? 0 >= 0, record.profile ?? 0 >= 0
        else { return nil }
        self = record
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", id)
        if let digest { text.member("digest", digest) }
        text.member("bytes", bytes)
        if let tokens { text.member("tokens", tokens) }
        if let profile { text.member("profile", profile) }
        if let error {
            text.key("error")
            text.boolean(error)
        }
        text.endObject()
    }
}
