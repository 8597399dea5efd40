internal import GRDB

/// The schema versions of the ledgers, and the opening of their databases.
enum LedgerSchema {
    static var configuration: Configuration {
        var configuration = Configuration()
        // A terminating coordinator may need a moment to release its lock.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // GRDB's journal mode setting is avoided: it sets synchronous to NORMAL, and a power loss can then undo
            // commits (https://www.sqlite.org/pragma.html#pragma_synchronous).
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    static var coordinator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            // The table has one row.
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
            // The table has one row.
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
            // Ids of finished documents. A second document with the same id gets an error row.
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
                // The hexadecimal digest; null until the file was hashed.
                table.add(column: "sha256", .text)
            }
        }
        migrator.registerMigration("3") { database in
            try database.alter(table: "job") { table in
                // The digest of the model; null until it is known.
                table.add(column: "model", .text)
            }
        }
        migrator.registerMigration("4") { database in
            try database.alter(table: "profile") { table in
                // The number of finished documents computed on the profile.
                table.add(column: "documents", .integer).notNull().defaults(to: 0)
            }
        }
        migrator.registerMigration("5") { database in
            // Leases. Only the newest lease of a document may record results.
            try database.create(table: "lease") { table in
                table.primaryKey("ordinal", .integer)
                table.column("token", .integer).notNull()
            }
            // Snapshots of unfinished documents. Their data is in files.
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
                // The SHA-256 of the files up to their recorded lengths; null if none was recorded.
                for column in ["outputDigest", "errorsDigest", "documentsDigest"] { table.add(column: column, .text) }
                table.add(column: "documentsLength", .integer).notNull().defaults(to: 0)
                // The encoded setup of the job's files; null until the job is prepared.
                table.add(column: "setup", .text)
            }
            try database.alter(table: "input") { table in
                // The status change time; null if unknown.
                table.add(column: "changed", .integer)
                // The encoded description of the file; null in a ledger made before this column existed.
                table.add(column: "file", .text)
            }
            try database.alter(table: "ahead") { table in
                // The number of consecutive documents, for rows in the output of an earlier run.
                table.add(column: "count", .integer).notNull().defaults(to: 1)
                table.add(column: "isEarlier", .boolean).notNull().defaults(to: false)
                // The SHA-256 of the rows, and the line of the document's record; both null for rows of an earlier run.
                table.add(column: "digest", .text)
                table.add(column: "record", .text)
                // The offset of the documents' records in the earlier run's file of records.
                table.add(column: "recordOffset", .integer).notNull().defaults(to: 0)
                table.add(column: "recordLength", .integer).notNull().defaults(to: 0)
            }
            try database.alter(table: "profile") { table in
                // The number of the profile, in the order of first use from 0. Document records refer to it.
                table.add(column: "number", .integer).notNull().defaults(to: 0)
            }
            // Documents of an earlier run whose rows may be taken over. The first document that takes the rows has
            // them.
            try database.create(table: "earlier", options: .withoutRowID) { table in
                table.primaryKey("id", .text)
                for column in ["ordinal", "offset", "length", "recordOffset", "recordLength", "tokens", "profile"] {
                    table.column(column, .integer).notNull()
                }
                table.column("digest", .text).notNull()
            }
            // The inputs of the earlier run.
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
