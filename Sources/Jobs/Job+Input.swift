extension Job {
    /// A path as the job file gives it, which is what document ids are made from, and where it leads.
    ///
    /// A job's id is a digest of its JSON, from which all that is `nil` is left out.
    public struct Input: Sendable, Equatable, Codable {
        public var asGiven: String
        public var path: String
        /// How documents lie in its files; `nil`: as the name of each file says.
        public var format: InputFormat?
        /// The member or column that holds a document's text; `nil`: `text`.
        public var textKey: String?
        /// The member or column that holds a document's id; `nil`: `id`.
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

/// How documents lie in a file, under the names that job files have for it.
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

    /// Whether a document's text and id have names in files of this format.
    public var hasKeys: Bool {
        switch self {
        case .jsonl, .json, .csv: true
        case .text, .lines, .fasta: false
        }
    }
}
