import Documents
import Ledger

/// The state of a job's files when the job begins or goes on. To make the value reads the files, which can take long.
package struct OutputStart: Sendable {
    var setup: JobSetup
    let position: JobLedger.Position
    let ordinalsAhead: RangeSet<Int>
    /// The recorded contents of the output; those of the other files follow.
    let output: FilePrefix
    let errors: FilePrefix
    let documents: FilePrefix
    /// The names of profiles, by number.
    let profiles: [String]

    /// Checks that the files hold what was recorded, and makes the output if it does not exist.
    /// - Throws: `FileError`, `LedgerError`; `JobRefusal` if a foreign file is in the way.
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
    /// The path to which rows are written.
    func output(_ setup: JobSetup) -> String { setup.isStaged ? stagedOutput : output }

    /// The path to which error rows are written.
    func errors(_ setup: JobSetup) -> String { setup.isStaged ? stagedErrors : errors }
}
