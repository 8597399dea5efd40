extension Job {
    /// An input: the path as the job file gives it, from which document ids are made, and the absolute path.
    ///
    /// A job's id is a digest of its JSON, in which `nil` fields are omitted.
    public struct Input: Sendable, Equatable, Codable {
        public var asGiven: String
        public var path: String
        /// The format of the files; `nil` to infer it from the name of each file.
        public var format: InputFormat?
        /// The member or column that holds a document's text; `nil` means `text`.
        public var textKey: String?
        /// The member or column that holds a document's id; `nil` means `id`.
        public var idKey: String?

        public init(
            asGiven: String, path: String, format: InputFormat? = nil, textKey: String? = nil, idKey: String? = nil
        ) {
            self.asGiven = asGiven
            self.path = path
            self.format = format
            self.textKey = textKey
            self.idKey = idKey
        }
    }
}

/// The format of documents in a file, with its name in job files.
public enum InputFormat: String, Sendable, Codable, CaseIterable {
    /// The file is one document.
    case text
    /// Each line is a document.
    case lines
    /// Each line is a JSON object with a document.
    case jsonl
    /// JSON objects with a document each: one, several one after the other, or an array of them.
    case json
    /// Each record below the header is a document (RFC 4180).
    case csv
    /// Each sequence is a document.
    case fasta

    /// Whether files of this format name the text and the id of a document.
    public var hasKeys: Bool {
        switch self {
        case .jsonl, .json, .csv: true
        case .text, .lines, .fasta: false
        }
    }
}
