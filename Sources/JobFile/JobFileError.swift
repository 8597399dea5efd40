/// An error in a job file, with its place.
public struct JobFileError: Error, Equatable, CustomStringConvertible {
    /// The kind of error: an invalid file (`data`), or a missing file or model (`missing`).
    public enum Kind: Sendable { case data, missing }

    public var kind: Kind
    public var file: String
    /// The line from 1; `nil` for the whole file and for values of the command line.
    public var line: Int?
    /// The key with its parents: `embed.pooling`.
    public var key: String?
    public var message: String

    public init(kind: Kind = .data, file: String, line: Int? = nil, key: String? = nil, message: String) {
        self.kind = kind
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let subject = key.map { "\(place): \($0)" } ?? place
        return "\(subject): \(message)"
    }
}
