internal import FoundationEssentials

/// What a row's document was: `{"id","digest","bytes","tokens"}`, a line of the file beside the output that an update
/// goes by.
public struct DocumentRecord: OutputRow, Equatable, Codable {
    public var id: String
    /// The first 32 digits of the SHA-256 of the bytes that the document was read from; `nil` for an error row.
    public var digest: String?
    /// Of its rows in the output, or of its error row in the errors file.
    public var bytes: Int
    public var tokens: Int?
    /// Place of its profile in the manifest's list; `nil`: the first.
    public var profile: Int?
    /// `true`, or left out.
    public var error: Bool?

    public init(id: String, digest: String?, bytes: Int, tokens: Int, profile: Int = 0, isError: Bool = false) {
        self.id = id
        self.digest = isError ? nil : digest.map { String($0.prefix(Self.digits)) }
        self.bytes = bytes
        self.tokens = isError ? nil : tokens
        self.profile = profile > 0 ? profile : nil
        error = isError ? true : nil
    }

    /// Digits of a digest: two documents of the same are as good as excluded.
    public static let digits = 32

    /// - Returns: `nil` for a line that is none of longscan's.
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
