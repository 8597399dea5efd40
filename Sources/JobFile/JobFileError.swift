/// What is wrong with a job file, and where.
public struct JobFileError: Error, Equatable, CustomStringConvertible {
    /// Whether the file itself is bad (`data`), or something that it names is missing (`missing`).
    public enum Kind: Sendable { case data, missing }

    public var kind: Kind
    public var file: String
    /// From 1; `nil` where the whole file is meant or the value came from the command line.
    public var line: Int?
    /// The key with those above it: `embed.pooling`.
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
