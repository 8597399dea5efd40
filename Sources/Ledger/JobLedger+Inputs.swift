internal import GRDB

/// The inputs stay in the database: there may be millions of them.
extension JobLedger {
    /// Remembers the inputs, or checks that they are those of the job's first start.
    /// - Parameters:
    ///   - next: hands out one after the other, and `nil` at their end.
    ///   - isUnchanged: whether a file with another size or other times than the known one holds the same.
    /// - Throws: `LedgerError`; what `next` and `isUnchanged` throw.
    public func checkInputs(
        _ next: () throws -> Input?, isUnchanged: (_ known: Input, _ present: Input) throws -> Bool = { _, _ in false }
    ) throws {
        try passingErrors { pass in
            try write("check the inputs in") { database in
                if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT * FROM input)") == true {
                    try compare(
                        database, { try pass(next) },
                        { known, present in
                            try pass { try isUnchanged(known, present) }
                        })
                } else {
                    try remember(database) { try pass(next) }
                }
            }
        }
    }

    /// Remembers the inputs of a job that begins.
    /// - Parameter next: hands out one after the other, and `nil` at their end; asks what an earlier run knew of a
    ///   path.
    /// - Throws: `LedgerError`; what `next` throws.
    public func rememberInputs(_ next: (_ former: (String) throws -> Input?) throws -> Input?) throws {
        try passingErrors { pass in
            try write("record the inputs in") { database in
                try remember(database) {
                    try pass { try next { path in try Self.formerInput(path, in: database) } }
                }
            }
        }
    }

    /// Remembers what input files hold.
    /// - Parameter digests: SHA-256 in hexadecimal, by the place of the file among the inputs, from 0.
    public func addDigests(_ digests: [Int: String]) throws(LedgerError) {
        guard !digests.isEmpty else { return }
        try write("record what inputs hold in") { database in
            for (place, digest) in digests {
                try database.execute(
                    sql: "UPDATE input SET sha256 = ? WHERE position = ?", arguments: [digest, place])
            }
        }
    }

    /// Inputs from a place on, at most so many.
    public func inputs(from place: Int, atMost count: Int) throws(LedgerError) -> [Input] {
        try read("read the inputs from") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM input WHERE position >= ? ORDER BY position LIMIT ?",
                arguments: [place, count]
            ).map(Input.init)
        }
    }

    /// How many inputs there are, and how many bytes.
    public func inputTotals() throws(LedgerError) -> (files: Int, bytes: Int) {
        try read("read the inputs from") { database in
            var totals = (files: 0, bytes: 0)
            let sizes = try Int.fetchCursor(database, sql: "SELECT size FROM input")
            while let size = try sizes.next() {
                totals.files += 1
                let (sum, isMore) = totals.bytes.addingReportingOverflow(size)
                totals.bytes = isMore ? .max : sum
            }
            return totals
        }
    }

    /// Hands out the inputs in their order, with what they hold where that is known.
    /// - Throws: `LedgerError`; what `body` throws.
    public func forEachInput(_ body: (Input) throws -> Void) throws {
        try passingErrors { pass in
            try read("read the inputs from") { database in
                let rows = try Row.fetchCursor(database, sql: "SELECT * FROM input ORDER BY position")
                while let row = try rows.next() { try pass { try body(Input(row)) } }
            }
        }
    }

    /// Runs a body whose callbacks' errors are not the ledger's: they come out as they are.
    func passingErrors(_ body: (_ pass: ErrorPass) throws -> Void) throws {
        let pass = ErrorPass()
        do {
            try body(pass)
        } catch {
            throw pass.failure ?? error
        }
    }

    /// Keeps the first error of a callback.
    final class ErrorPass {
        private(set) var failure: (any Error)?

        func callAsFunction<Value>(_ callback: () throws -> Value) throws -> Value {
            do {
                return try callback()
            } catch {
                failure = failure ?? error
                throw error
            }
        }
    }

    private func remember(_ database: Database, _ next: () throws -> Input?) throws {
        var place = 0
        while let input = try next() {
            try database.execute(
                sql: """
                    INSERT INTO input (position, path, size, modified, changed, file, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    place, input.path, input.size, input.modified, input.changed, input.file, input.sha256,
                ])
            place += 1
        }
    }

    private func compare(
        _ database: Database, _ next: () throws -> Input?, _ isUnchanged: (Input, Input) throws -> Bool
    ) throws {
        var place = 0
        var updates: [(place: Int, Input)] = []
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM input ORDER BY position")
        while true {
            let (known, present) = (try rows.next().map(Input.init), try next())
            guard let known, let present, hasSamePath(known, present),
                try known.hasState(of: present) || isUnchanged(known, present)
            else {
                if known == nil, present == nil { break }
                let detail = try difference(database, known, present, next)
                throw LedgerError.inputsChanged(path: path, detail: detail)
            }
            // A copy of standard input lies elsewhere at every start, and rights or times may be others.
            if known.file != present.file { updates.append((place, present)) }
            place += 1
        }
        for (place, input) in updates {
            try database.execute(
                sql: "UPDATE input SET size = ?, modified = ?, changed = ?, file = ? WHERE position = ?",
                arguments: [input.size, input.modified, input.changed, input.file, place])
        }
    }

    /// What the first difference of the two lists means.
    private func difference(
        _ database: Database, _ known: Input?, _ present: Input?, _ next: () throws -> Input?
    ) throws -> String {
        if let known, let present, hasSamePath(known, present) { return "\(present.path) was modified" }
        if let present {
            let sql = "SELECT EXISTS (SELECT * FROM input WHERE path = ?)"
            let isKnown = try Bool.fetchOne(database, sql: sql, arguments: [present.path])
            if isKnown == false { return "\(present.path) is new" }
        }
        while let known, let later = try next() {
            if hasSamePath(later, known) { return "their order is another" }
        }
        return known.map { "\($0.path) is no longer among them" } ?? "one of them is there twice"
    }

    /// By bytes, as the file system and SQLite compare them.
    private func hasSamePath(_ one: Input, _ other: Input) -> Bool {
        one.path.utf8.elementsEqual(other.path.utf8)
    }
}

extension JobLedger.Input {
    fileprivate init(_ row: Row) {
        self.init(
            path: row["path"], size: row["size"], modified: row["modified"], changed: row["changed"],
            file: row["file"], sha256: row["sha256"])
    }
}
