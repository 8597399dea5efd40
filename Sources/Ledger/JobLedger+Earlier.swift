internal import GRDB

/// The rows and inputs of an earlier run, for an update. They stay in the database because there may be millions.
extension JobLedger {
    /// A document with rows in the output of an earlier run.
    public struct EarlierDocument: Sendable, Equatable {
        public var id: String
        public var ordinal: Int
        /// The offset of the document's rows in the earlier output.
        public var offset: Int
        public var length: Int
        /// The offset of the document's record in the earlier file of records.
        public var recordOffset: Int
        public var recordLength: Int
        public var tokens: Int
        /// The number of the profile that computed the document.
        public var profile: Int
        /// The digest of the document's source bytes.
        public var digest: String

        public init(
            id: String, ordinal: Int, offset: Int, length: Int, recordOffset: Int, recordLength: Int, tokens: Int,
            profile: Int, digest: String
        ) {
            self.id = id
            self.ordinal = ordinal
            self.offset = offset
            self.length = length
            self.recordOffset = recordOffset
            self.recordLength = recordLength
            self.tokens = tokens
            self.profile = profile
            self.digest = digest
        }
    }

    /// Deletes the progress of the job. Its inputs become those of an earlier run, if none are recorded.
    public func beginAnew() throws(LedgerError) {
        try write("begin anew in") { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO formerInput SELECT path, size, modified, changed, sha256 FROM input
                        WHERE NOT EXISTS (SELECT * FROM formerInput)
                    """)
            for table in ["input", "identity", "ahead", "profile", "lease", "snapshot", "earlier"] {
                try database.execute(sql: "DELETE FROM \(table)")
            }
            try database.execute(sql: "UPDATE job SET model = NULL")
            try record(Position(), in: database)
        }
    }

    /// Records the inputs of an earlier run.
    /// - Parameter next: returns the next input, and `nil` at the end.
    /// - Throws: `LedgerError`; errors of `next`.
    public func rememberFormer(_ next: () throws -> Input?) throws {
        try passingErrors { pass in
            try write("record earlier inputs in") { database in
                while let input = try pass(next) {
                    try database.execute(
                        sql: """
                            INSERT OR IGNORE INTO formerInput (path, size, modified, changed, sha256)
                                VALUES (?, ?, ?, ?, ?)
                            """,
                        arguments: [input.path, input.size, input.modified, input.changed, input.sha256])
                }
            }
        }
    }

    static func formerInput(_ path: String, in database: Database) throws -> Input? {
        try Row.fetchOne(database, sql: "SELECT * FROM formerInput WHERE path = ?", arguments: [path]).map {
            Input(
                path: $0["path"], size: $0["size"], modified: $0["modified"], changed: $0["changed"],
                sha256: $0["sha256"])
        }
    }
}
