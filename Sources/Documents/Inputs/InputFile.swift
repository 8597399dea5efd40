public import Jobs

/// A file of documents, with everything needed to read it.
public struct InputFile: Sendable, Equatable, Codable {
    public typealias Kind = InputFormat

    /// The path as the job gives it, with patterns replaced by their matches. It is the id of a text document.
    public let asGiven: String
    /// The absolute path.
    public let path: String
    /// The format of the documents in the file.
    public let kind: Kind
    /// The member or column of a document's text; `nil` means `text`.
    public let textKey: String?
    /// The member or column of a document's id; `nil` means `id`.
    public let idKey: String?
    /// The size on disk in bytes; `nil` if it is not a regular file or was missing at listing time.
    public let size: Int?
    /// The modification time in nanoseconds since 1970; `nil` if `size` is `nil`.
    public let modified: Int64?
    /// The status change time in nanoseconds since 1970; `nil` if `size` is `nil`.
    public let changed: Int64?
    /// The hexadecimal SHA-256 of the bytes on disk; `nil` if no earlier reading computed it.
    public var knownDigest: String?
    /// The reason why the file is unreadable, if known at listing time. It becomes an error row.
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

    /// - Parameter input: the input that the file belongs to.
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
    /// The reason why an entry of this kind has no documents.
    fileprivate var problem: String? {
        switch self {
        case .regular, .directory, .pipe: nil
        case .socket, .device: "it is a \(rawValue), not a file"
        }
    }
}

extension InputFormat {
    /// The format that a file's extension names, in either case. A compression extension is removed first. `nil` if the
    /// extension is unknown.
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

    /// Whether a directory, or a pattern without the extension, includes files of this name. Other files often lie
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
