internal import GRDB

/// The inputs of a job. They stay in the database because there may be millions.
extension JobLedger {
    /// Records the inputs, or checks that they are those of the job's first start.
    /// - Parameters:
    ///   - next: returns the next input, and `nil` at the end.
    ///   - isUnchanged: whether a file has the same content as the recorded one despite another size or other times.
    /// - Throws: `LedgerError`; errors of `next` and `isUnchanged`.
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

    /// Records the inputs of a new job.
    /// - Parameter next: returns the next input, and `nil` at the end. Its argument finds an earlier run's input by
    ///   path.
    /// - Throws: `LedgerError`; errors of `next`.
    public func rememberInputs(_ next: (_ former: (String) throws -> Input?) throws -> Input?) throws {
        try passingErrors { pass in
            try write("record the inputs in") { database in
                try remember(database) {
                    try pass { try next { path in try Self.formerInput(path, in: database) } }
                }
            }
        }
    }

    /// Records digests of input files.
    /// - Parameter digests: the hexadecimal SHA-256, by the index of the file among the inputs.
    public func addDigests(_ digests: [Int: String]) throws(LedgerError) {
        guard !digests.isEmpty else { return }
        try write("record what inputs hold in") { database in
            for (place, digest) in digests {
                try database.execute(
                    sql: "UPDATE input SET sha256 = ? WHERE position = ?", arguments: [digest, place])
            }
        }
    }

    /// The inputs from an index on, up to a number.
    public func inputs(from place: Int, atMost count: Int) throws(LedgerError) -> [Input] {
        try read("read the inputs from") { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM input WHERE position >= ? ORDER BY position LIMIT ?",
                arguments: [place, count]
            ).map(Input.init)
        }
    }

    /// The number of inputs and their total size in bytes.
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

    /// Calls the body with each input in order, with its digest if known.
    /// - Throws: `LedgerError`; errors of `body`.
    public func forEachInput(_ body: (Input) throws -> Void) throws {
        try passingErrors { pass in
            try read("read the inputs from") { database in
                let rows = try Row.fetchCursor(database, sql: "SELECT * FROM input ORDER BY position")
                while let row = try rows.next() { try pass { try body(Input(row)) } }
            }
        }
    }

    /// Runs a body and rethrows errors of its callbacks unchanged.
    func passingErrors(_ body: (_ pass: ErrorPass) throws -> Void) throws {
        let pass = ErrorPass()
        do {
            try body(pass)
        } catch {
            throw pass.failure ?? error
        }
    }

    /// The first error of a callback.
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
            // A copy of standard input has another path at every start. Permissions or times may also differ.
            if known.file != present.file { updates.append((place, present)) }
            place += 1
        }
        for (place, input) in updates {
            try database.execute(
                sql: "UPDATE input SET size = ?, modified = ?, changed = ?, file = ? WHERE position = ?",
                arguments: [input.size, input.modified, input.changed, input.file, place])
        }
    }

    /// The error for the first difference between the two lists.
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

    /// Compares by bytes, as the file system and SQLite do.
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
