import Documents
import Ledger

/// The end of a job: its files get their final names. It can be repeated after a crash at any point.
struct Publication {
    let paths: JobPaths
    let ledger: JobLedger
    let setup: JobSetup

    /// - Throws: `FileError`; `JobRefusal` if a foreign file is in the way.
    func publish() throws {
        let replaced = setup.replaced
        if setup.isStaged {
            let hasErrors = try FileState(path: paths.stagedErrors) != nil
            try move(paths.stagedOutput, paths.output, replaced.output)
            if hasErrors {
                try move(paths.stagedErrors, paths.errors, replaced.errors)
            } else if let earlier = replaced.errors, try FileState(path: paths.errors)?.isSameFile(as: earlier) == true
            {
                try FilePlacement.remove(paths.errors, ifStill: earlier)
            }
        }
        try move(paths.stagedDocuments, paths.documents, replaced.documents)
        try move(paths.stagedManifest, paths.manifest, replaced.manifest)
    }

    private func move(_ path: String, _ destination: String, _ replaced: FileState?) throws {
        do throws(FileError) {
            try FilePlacement.move(path, to: destination, replacing: replaced)
        } catch {
            guard error.reason == .replaced else { throw error }
            throw JobRefusal.exists(destination, "move it away; the same command goes on then")
        }
    }
}
