internal import GRDB

/// The tables of the ledgers, version by version, and how they are opened.
enum LedgerSchema {
    static var configuration: Configuration {
        var configuration = Configuration()
        // A coordinator that was told to end may need a moment to let go.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // Not as GRDB's journal mode: that sets synchronous to NORMAL afterwards, and a power loss takes commits back
            // (https://www.sqlite.org/pragma.html#pragma_synchronous).
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
        return migrator
    }
}
