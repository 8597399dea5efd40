internal import GRDB

/// The tables of the ledgers, version by version, and how they are opened.
enum LedgerSchema {
    static var configuration: Configuration {
        var configuration = Configuration()
        // A coordinator that was told to end may need a moment to let go.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // Not as GRDB's journal mode: that sets synchronous to NORMAL afterwards, and a power loss takes commits
            // back (https://www.sqlite.org/pragma.html#pragma_synchronous).
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    static var coordinator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            // One row.
            try database.create(table: "coordinator") { table in
                table.column("epoch", .integer).notNull()
            }
            try database.execute(sql: "INSERT INTO coordinator (epoch) VALUES (0)")
            try database.create(table: "job") { table in
                table.autoIncrementedPrimaryKey("position")
                table.column("digest", .text).notNull().unique()
                table.column("json", .text).notNull()
            }
        }
        return migrator
    }

    static var job: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            // One row.
            try database.create(table: "job") { table in
                table.column("digest", .text).notNull()
                for column in [
                    "nextOrdinal", "outputLength", "errorsLength", "aheadLength", "documentsDone",
                    "documentsFailed", "tokens",
                ] {
                    table.column(column, .integer).notNull().defaults(to: 0)
                }
            }
            try database.create(table: "input") { table in
                table.primaryKey("position", .integer)
                table.column("path", .text).notNull()
                table.column("size", .integer).notNull()
                table.column("modified", .integer).notNull()
            }
            // Ids of finished documents: a second document of the same id is an error row.
            try database.create(table: "identity", options: .withoutRowID) { table in
                table.primaryKey("id", .text)
                table.column("ordinal", .integer).notNull()
            }
            try database.create(table: "ahead") { table in
                table.primaryKey("ordinal", .integer)
                table.column("offset", .integer).notNull()
                table.column("length", .integer).notNull()
                table.column("isError", .boolean).notNull()
            }
            try database.create(table: "profile", options: .withoutRowID) { table in
                table.primaryKey("name", .text)
            }
        }
        migrator.registerMigration("2") { database in
            try database.alter(table: "input") { table in
                // In hexadecimal; null until the file has been hashed.
                table.add(column: "sha256", .text)
            }
        }
        migrator.registerMigration("3") { database in
            try database.alter(table: "job") { table in
                // Digest of the model; null until it is known.
                table.add(column: "model", .text)
            }
        }
        migrator.registerMigration("4") { database in
            try database.alter(table: "profile") { table in
                // Finished documents that were computed on it.
                table.add(column: "documents", .integer).notNull().defaults(to: 0)
            }
        }
        migrator.registerMigration("5") { database in
            // Who has which document: the newest lease alone may record anything of it.
            try database.create(table: "lease") { table in
                table.primaryKey("ordinal", .integer)
                table.column("token", .integer).notNull()
            }
            // States of documents under way, which lie in files of their own.
            try database.create(table: "snapshot", options: .withoutRowID) { table in
                table.column("ordinal", .integer).notNull()
                table.column("steps", .integer).notNull()
                table.column("profile", .text).notNull()
                table.column("point", .text).notNull()
                table.column("progress", .text).notNull()
                table.primaryKey(["ordinal", "steps"])
            }
        }
        migrator.registerMigration("6") { database in
            try database.alter(table: "job") { table in
                // SHA-256 of the files' recorded lengths; null where nothing was recorded.
                for column in ["outputDigest", "errorsDigest", "documentsDigest"] { table.add(column: column, .text) }
                table.add(column: "documentsLength", .integer).notNull().defaults(to: 0)
                // How the job goes about its files, in the words of whoever keeps them; null until it is prepared.
                table.add(column: "setup", .text)
            }
            try database.alter(table: "input") { table in
                // Time of the last change of the entry; null where it is not known.
                table.add(column: "changed", .integer)
                // The file in the words of whoever reads it; null in a ledger that was made before there was this.
                table.add(column: "file", .text)
            }
            try database.alter(table: "ahead") { table in
                // Documents that follow one another, and lie so in the output of an earlier run of the job.
                table.add(column: "count", .integer).notNull().defaults(to: 1)
                table.add(column: "isEarlier", .boolean).notNull().defaults(to: false)
                // SHA-256 of the rows, and the line that says what the document was; null for rows of an earlier run.
                table.add(column: "digest", .text)
                table.add(column: "record", .text)
                // Where those lines lie in the earlier run's file of them.
                table.add(column: "recordOffset", .integer).notNull().defaults(to: 0)
                table.add(column: "recordLength", .integer).notNull().defaults(to: 0)
            }
            try database.alter(table: "profile") { table in
                // Profiles are counted as they come, from 0: lines that say what a document was name this number.
                table.add(column: "number", .integer).notNull().defaults(to: 0)
            }
            // Documents of an earlier run whose rows may be taken over; the first that takes one has it.
            try database.create(table: "earlier", options: .withoutRowID) { table in
                table.primaryKey("id", .text)
                for column in ["ordinal", "offset", "length", "recordOffset", "recordLength", "tokens", "profile"] {
                    table.column(column, .integer).notNull()
                }
                table.column("digest", .text).notNull()
            }
            // What the inputs were in that run.
            try database.create(table: "formerInput", options: .withoutRowID) { table in
                table.primaryKey("path", .text)
                table.column("size", .integer).notNull()
                table.column("modified", .integer).notNull()
                table.column("changed", .integer)
                table.column("sha256", .text)
            }
        }
        return migrator
    }
}
