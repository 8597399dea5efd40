public import Jobs

/// A file of documents: all that reading it needs to know.
public struct InputFile: Sendable, Equatable, Codable {
    public typealias Kind = InputFormat

    /// The path as the job gives it, a pattern replaced by what it matched: the id of a text document.
    public let asGiven: String
    /// Absolute.
    public let path: String
    /// How documents lie in it.
    public let kind: Kind
    /// The member or column of a document's text; `nil`: `text`.
    public let textKey: String?
    /// The member or column of a document's id; `nil`: `id`.
    public let idKey: String?
    /// Bytes on disk; `nil` for what is not a regular file, or was gone when the inputs were listed.
    public let size: Int?
    /// Time of the last change in nanoseconds since 1970; `nil` where `size` is.
    public let modified: Int64?
    /// Time of the last change of the file or its entry in nanoseconds since 1970; `nil` where `size` is.
    public let changed: Int64?
    /// SHA-256 of the bytes on disk in hexadecimal, where an earlier reading has found it.
    public var knownDigest: String?
    /// Why it cannot be read, where that was known when the inputs were listed: it becomes an error row.
    public let problem: String?

    public init(asGiven: String, path: String, kind: Kind, size: Int? = nil, modified: Int64? = nil) {
        self.asGiven = asGiven
        self.path = path
        self.kind = kind
        textKey = nil
        idKey = nil
        self.size = size
        self.modified = modified
        changed = nil
        problem = nil
    }

    /// - Parameter input: among whose files it is.
    init(of input: Job.Input, asGiven: String, path: String, kind: Kind, status: FileStatus?, problem: String? = nil) {
        let regular = status?.kind == .regular ? status : nil
        self.asGiven = asGiven
        self.path = path
        self.kind = kind
        textKey = input.textKey
        idKey = input.idKey
        size = regular?.size
        modified = regular?.modified
        changed = regular?.changed
        self.problem = problem ?? status?.kind.problem
    }
}

extension FileStatus.Kind {
    /// Why there are no documents in what a job names.
    fileprivate var problem: String? {
        switch self {
        case .regular, .directory, .pipe: nil
        case .socket, .device: "it is a \(rawValue), not a file"
        }
    }
}

extension InputFormat {
    /// From the extension of a file's name, in either case, before that of a packing; `nil` where it says nothing.
    init?(fileName: String) {
        var name = fileName[...]
        if Packing(fileName: fileName) != nil { name = name[..<name.lastIndex(of: ".")!] }
        switch fileExtension(of: name) {
        case ".txt", ".md", ".text", ".log": self = .text
        case ".jsonl", ".ndjson": self = .jsonl
        case ".json": self = .json
        case ".csv": self = .csv
        case ".fasta": self = .fasta
        default: return nil
        }
    }

    /// Whether a directory, or a pattern that does not name the extension, takes files of such a name: others often lie
    /// beside documents and describe them.
    var isTakenUnasked: Bool {
        switch self {
        case .text, .lines, .jsonl: true
        case .json, .csv, .fasta: false
        }
    }

    /// - Parameter asked: the format whose extension the input names.
    static func unasked(fileName: String, asked: InputFormat? = nil) -> InputFormat? {
        guard let format = InputFormat(fileName: fileName), format.isTakenUnasked || format == asked else { return nil }
        return format
    }
}
