import Documents
import Ledger

/// How far a job's files are when it is taken up. Making the value reads what was written, which can take long.
package struct OutputStart: Sendable {
    var setup: JobSetup
    let position: JobLedger.Position
    let ordinalsAhead: RangeSet<Int>
    /// What the files hold, as far as it was recorded.
    let output: FilePrefix
    let errors: FilePrefix
    let documents: FilePrefix
    /// Profiles by number.
    let profiles: [String]

    /// Looks whether the files hold what was recorded, and makes the output if it is not there.
    /// - Throws: `FileError`, `LedgerError`; `JobRefusal` where a file of somebody else lies.
    init(_ paths: JobPaths, _ ledger: JobLedger, _ setup: JobSetup) throws {
        position = try ledger.position()
        ordinalsAhead = try ledger.ordinalsAhead()
        profiles = try ledger.profiles().map(\.name)
        output = try FilePrefix(
            path: paths.output(setup), length: position.outputLength, digest: position.outputDigest)
        errors = try FilePrefix(
            path: paths.errors(setup), length: position.errorsLength, digest: position.errorsDigest)
        documents = try FilePrefix(
            path: paths.stagedDocuments, length: position.documentsLength, digest: position.documentsDigest)
        self.setup = setup
        if !setup.hasOutput {
            _ = try RowFile(new: paths.output(setup))
            self.setup.hasOutput = true
            try self.setup.remember(in: ledger)
        }
    }
}

extension JobPaths {
    /// Where rows are written.
    func output(_ setup: JobSetup) -> String { setup.isStaged ? stagedOutput : output }

    /// Where error rows are written.
    func errors(_ setup: JobSetup) -> String { setup.isStaged ? stagedErrors : errors }
}
