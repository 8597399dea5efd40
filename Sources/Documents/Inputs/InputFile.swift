/// A file of documents.
public struct InputFile: Sendable, Equatable {
    /// How documents lie in a file.
    public enum Kind: Sendable, Equatable {
        /// `.txt`, `.md`: the file is one document.
        case text
        /// `.jsonl`: one document per line.
        case jsonLines
    }

    /// The path as the job gives it, a pattern replaced by what it matched: the id of a text document.
    public let asGiven: String
    /// Absolute; `-` is standard input.
    public let path: String
    public let kind: Kind
    /// Bytes on disk; `nil` for what is not a regular file, or was gone when the inputs were listed.
    public let size: Int?
    /// Time of the last change in nanoseconds since 1970; `nil` where `size` is.
    public let modified: Int64?

    package init(asGiven: String, path: String, kind: Kind, size: Int? = nil, modified: Int64? = nil) {
        self.asGiven = asGiven
        self.path = path
        self.kind = kind
        self.size = size
        self.modified = modified
    }

    init(asGiven: String, path: String, kind: Kind, status: FileStatus?) {
        let regular = status?.kind == .regular ? status : nil
        self.init(asGiven: asGiven, path: path, kind: kind, size: regular?.size, modified: regular?.modified)
    }

    static let standardInput = InputFile(asGiven: "-", path: "-", kind: .jsonLines)
}

extension InputFile.Kind {
    /// From the extension of a file's name, in either case; `nil` for one that is not an input.
    init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        switch fileName[dot...].lowercased() {
        case ".txt", ".md": self = .text
        case ".jsonl": self = .jsonLines
        default: return nil
        }
    }
}
