/// A file of documents.
public struct InputFile: Sendable, Equatable, Codable {
    /// How documents lie in a file.
    public enum Kind: String, Sendable, Codable {
        /// `.txt`, `.md`: the file is one document.
        case text
        /// `.jsonl`: one document per line.
        case jsonLines
    }

    /// What a file's bytes are packed with.
    public enum Compression: String, Sendable, Codable {
        /// `.gz`: members of gzip.
        case gzip
        /// `.zst`: frames of Zstandard.
        case zstd
    }

    /// The path as the job gives it, a pattern replaced by what it matched: the id of a text document.
    public let asGiven: String
    /// Absolute.
    public let path: String
    public let kind: Kind
    public let compression: Compression?
    /// Bytes on disk; `nil` for what is not a regular file, or was gone when the inputs were listed.
    public let size: Int?
    /// Time of the last change in nanoseconds since 1970; `nil` where `size` is.
    public let modified: Int64?
    /// Time of the last change of the file or its entry in nanoseconds since 1970; `nil` where `size` is.
    public private(set) var changed: Int64?
    /// SHA-256 of the bytes on disk in hexadecimal, where an earlier reading has found it.
    public var knownDigest: String?

    public init(asGiven: String, path: String, kind: Kind, size: Int? = nil, modified: Int64? = nil) {
        self.asGiven = asGiven
        self.path = path
        self.kind = kind
        compression = Compression(fileName: path)
        self.size = size
        self.modified = modified
    }

    init(asGiven: String, path: String, kind: Kind, status: FileStatus?) {
        let regular = status?.kind == .regular ? status : nil
        self.init(asGiven: asGiven, path: path, kind: kind, size: regular?.size, modified: regular?.modified)
        changed = regular?.changed
    }
}

extension InputFile.Compression {
    /// From the extension of a file's name, in either case.
    init?(fileName: String) {
        switch fileExtension(of: fileName) {
        case ".gz": self = .gzip
        case ".zst": self = .zstd
        default: return nil
        }
    }
}

extension InputFile.Kind {
    /// From the extension of a file's name, in either case, before that of a compression; `nil` for one that is not an
    /// input.
    init?(fileName: String) {
        var name = fileName[...]
        if InputFile.Compression(fileName: fileName) != nil { name = name[..<name.lastIndex(of: ".")!] }
        switch fileExtension(of: name) {
        case ".txt", ".md": self = .text
        case ".jsonl": self = .jsonLines
        default: return nil
        }
    }
}

private func fileExtension(of name: some StringProtocol) -> String? {
    name.lastIndex(of: ".").map { name[$0...].lowercased() }
}
