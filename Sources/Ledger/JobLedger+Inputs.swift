internal import GRDB

/// The inputs stay in the database: there may be millions of them.
extension JobLedger {
    /// Remembers the inputs, or checks that they are those of the job's first start.
    /// - Parameter next: hands out one after the other, and `nil` at their end.
    /// - Throws: `LedgerError`; what `next` throws.
    public func checkInputs(_ next: () throws -> Input?) throws {
        var failure: (any Error)?
        func nextInput() throws -> Input? {
            do {
                return try next()
            } catch {
                failure = error
                throw error
            }
        }
        do {
            try write("check the inputs in") { database in
                if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT * FROM input)") == true {
                    try compare(database, nextInput)
                } else {
                    try remember(database, nextInput)
                }
            }
        } catch {
            throw failure ?? error
        }
    }

    /// Remembers what input files hold.
    /// - Parameter digests: SHA-256 in hexadecimal, by the place of the file among the inputs, from 0.
    public func addDigests(_ digests: [Int: String]) throws(LedgerError) {
        try write("record what inputs hold in") { database in
            for (place, digest) in digests {
                try database.execute(
                    sql: "UPDATE input SET sha256 = ? WHERE position = ?", arguments: [digest, place])
            }
        }
    }

    /// Hands out the inputs in their order, with what they hold where that is known.
    /// - Throws: `LedgerError`; what `body` throws.
    public func forEachInput(_ body: (Input, _ sha256: String?) throws -> Void) throws {
        var failure: (any Error)?
        do {
            try read("read the inputs from") { database in
                let rows = try Row.fetchCursor(database, sql: "SELECT * FROM input ORDER BY position")
                while let row = try rows.next() {
                    do {
                        try body(Input(row), row["sha256"])
                    } catch {
                        failure = error
                        throw error
                    }
                }
            }
        } catch {
            throw failure ?? error
        }
    }

    private func remember(_ database: Database, _ next: () throws -> Input?) throws {
        var place = 0
        while let input = try next() {
            try database.execute(
                sql: "INSERT INTO input (position, path, size, modified) VALUES (?, ?, ?, ?)",
                arguments: [place, input.path, input.size, input.modified])
            place += 1
        }
    }

    private func compare(_ database: Database, _ next: () throws -> Input?) throws {
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM input ORDER BY position")
        while true {
            let (known, present) = (try rows.next().map(Input.init), try next())
            guard known != present else {
                if known == nil { return }
                continue
            }
            let detail = try difference(database, known, present, next)
            throw LedgerError.inputsChanged(path: path, detail: detail)
        }
    }

    /// What the first difference of the two lists means.
    private func difference(
        _ database: Database, _ known: Input?, _ present: Input?, _ next: () throws -> Input?
    ) throws -> String {
        if let known, let present, known.path == present.path { return "\(present.path) was modified" }
        if let present {
            let sql = "SELECT EXISTS (SELECT * FROM input WHERE path = ?)"
            let isKnown = try Bool.fetchOne(database, sql: sql, arguments: [present.path])
            if isKnown == false { return "\(present.path) is new" }
        }
        while let known, let later = try next() {
            if later.path == known.path { return "their order is another" }
        }
        return known.map { "\($0.path) is no longer among them" } ?? "one of them is there twice"
    }
}

extension JobLedger.Input {
    fileprivate init(_ row: Row) {
        self.init(path: row["path"], size: row["size"], modified: row["modified"])
    }
}
