package import Coordination
package import Documents
import FoundationEssentials
package import Jobs
import Ledger

/// The preparation of a job: whether it was done before, whose files are at its paths, the list of its inputs, and the
/// rows that an update keeps. It reads all files that it needs, on the caller's thread.
package struct JobPreparation {
    let id: JobID
    let job: Job
    let model: ModelSummary
    let rerun: Rerun?
    let paths: JobPaths
    private let roots: Roots
    /// The memory limits for reading the inputs.
    let limits: DocumentReader.Limits

    /// - Parameters:
    ///   - roots: the directories that the job may read and write.
    ///   - limits: the memory limits for reading the inputs.
    package init(
        _ id: JobID, _ job: Job, model: ModelSummary, rerun: Rerun? = nil, roots: Roots = .everywhere,
        limits: DocumentReader.Limits = .init()
    ) {
        self.roots = roots
        self.limits = limits
        self.id = id
        self.job = job
        self.model = model
        self.rerun = rerun
        paths = JobPaths(output: job.output)
    }

    private var directory: WorkDirectory { WorkDirectory(paths) }

    /// Removes the files of an earlier run. The copy of standard input stays, because it was made for this run.
    private func clear() {
        directory.remove(keeping: job.inputs.map(\.path))
    }

    /// - Throws: `JobRefusal`.
    package func outcome() throws(JobRefusal) -> PreparationOutcome {
        try JobRefusal.naming {
            try paths.checkApart(from: job.inputs)
            try directory.check()
            if directory.hasLedger, let prepared = try unfinished() { return .ready(prepared) }
            return try fromTheStart()
        }
    }

    /// The outcome for a job that has a ledger.
    /// - Returns: `nil` if the ledger does not exist. The work directory is gone then.
    private func unfinished() throws -> PreparedJob? {
        if rerun == .again {
            try discardUnfinished()
            return nil
        }
        let ledger = try JobLedger(path: paths.ledger, job: id, formerly: JobRequest.formerID(of: job))
        guard var setup = try JobSetup(ledger) ?? legacySetup(ledger) else {
            clear()
            return nil
        }
        if setup.isPublishing {
            try Publication(paths: paths, ledger: ledger, setup: setup).publish()
            clear()
            return nil
        }
        if !setup.isPrepared { return try updated(ledger, setup) }
        guard try isUnchanged(ledger, setup) else { return try updateOfUnfinished(ledger, &setup) }
        if setup.chunkTokens != job.chunkTokens {
            // Snapshots count steps of the former chunk size.
            try ledger.dropAllSnapshots()
            setup.chunkTokens = job.chunkTokens
            try setup.remember(in: ledger)
        }
        return try PreparedJob(id, job, model, ledger, setup, goesOn: true)
    }

    /// Whether the model and the inputs are those with which the job began.
    /// - Throws: `LedgerError` or `JobRefusal` if they are not, and no update can go on with them.
    private func isUnchanged(_ ledger: JobLedger, _ setup: JobSetup) throws -> Bool {
        try ledger.checkModel(model.digest)
        try setup.checkWindow(within: limits)
        do {
            try checkInputs(ledger)
            return true
        } catch let error as LedgerError {
            guard case .inputsChanged = error, setup.hasRecords || setup.isStaged else { throw error }
            guard try rerun == .update || losesNothing(ledger, setup) else { throw error }
            return false
        }
    }

    /// Refuses an unfinished job if its run would be refused.
    func checkUnfinished() throws {
        guard rerun != .again else { return }
        let ledger = try JobLedger(path: paths.ledger, job: id, formerly: JobRequest.formerID(of: job))
        guard let setup = try JobSetup(ledger) ?? legacySetup(ledger), setup.isPrepared, !setup.isPublishing else {
            return
        }
        _ = try isUnchanged(ledger, setup)
    }

    /// The setup of a job that an earlier version of the program began.
    private func legacySetup(_ ledger: JobLedger) throws -> JobSetup? {
        guard try ledger.model() != nil else { return nil }
        // The id of such a job includes the chunk size.
        var setup = JobSetup(chunkTokens: job.chunkTokens, windowBytes: limits.windowBytes)
        setup.hasOutput = true
        setup.hasErrors = try FileState(path: paths.errors) != nil
        setup.hasRecords = false
        return setup
    }

    private func checkInputs(_ ledger: JobLedger) throws {
        let isUsed =
            try ledger.position().nextOrdinal > 0 || !ledger.ordinalsAhead().isEmpty || !ledger.snapshots().isEmpty
        var cursor = InputFileCursor(job.inputs, toleratesMissing: true)
        var present: InputFile?
        try ledger.checkInputs {
            present = try cursor.next()
            return try present.map(JobLedger.Input.init)
        } isUnchanged: { known, _ in
            try present.map { try known.isUnchanged(in: $0, isUsed: isUsed) } ?? false
        }
    }

    /// Removes an unfinished job with all its files.
    private func discardUnfinished() throws {
        let ledger = try JobLedger(path: paths.ledger, job: nil)
        if let setup = try JobSetup(ledger), !setup.isStaged, !setup.isPublishing {
            // Rows that somebody else has changed belong to them now.
            let position = try ledger.position()
            if setup.hasOutput { try discard(paths.output, position.outputLength, position.outputDigest) }
            if setup.hasErrors { try discard(paths.errors, position.errorsLength, position.errorsDigest) }
        } else if let setup = try JobSetup(ledger), setup.isPublishing {
            try Publication(paths: paths, ledger: ledger, setup: setup).publish()
        } else if try ledger.model() != nil, try JobSetup(ledger) == nil {
            throw JobRefusal.exists(paths.work, "an earlier version of longscan made it: remove it and its rows")
        }
        clear()
    }

    private func discard(_ path: String, _ length: Int, _ digest: String?) throws {
        guard let state = try FileState(path: path) else { return }
        _ = try FilePrefix(path: path, length: length, digest: digest)
        try FilePlacement.remove(path, ifStill: state)
    }

    // MARK: - Jobs without a ledger

    /// A finished run with the same output, of this job or of another.
    struct Finished {
        var manifest: Manifest
        /// Whether the run was of this job.
        var isSame: Bool
        var changes: JobChanges
        /// Whether the rows were removed. A user who removes them wants them done again.
        var isRemoved: Bool
    }

    /// The finished run whose files are at the job's paths.
    /// - Returns: `nil` if there are no files.
    /// - Throws: `JobRefusal` if foreign files are in the way.
    func finished() throws -> Finished? {
        guard let reader = try ManifestReader.opening(paths.manifest) else {
            for path in [paths.output, paths.errors, paths.documents, paths.manifest]
            where try FileState(path: path) != nil {
                throw JobRefusal.exists(path)
            }
            return nil
        }
        let manifest = reader.manifest
        let isSame = manifest.jobID == id || manifest.job.isFormer(id)
        guard try FileState(path: paths.output) != nil else {
            return Finished(manifest: manifest, isSame: isSame, changes: JobChanges(), isRemoved: true)
        }
        guard isSame || rerun != nil else {
            throw JobRefusal.exists(
                paths.output,
                "choose another output, or remove it; another job of longscan wrote it, whose place --again (all anew) "
                    + "and --update (new and changed documents only) take")
        }
        let changes = try JobChanges(since: reader, job, paths, model: model.digest)
        return Finished(manifest: manifest, isSame: isSame, changes: changes, isRemoved: false)
    }

    private func fromTheStart() throws -> PreparationOutcome {
        guard let finished = try finished() else {
            return .ready(try begun(JobSetup(chunkTokens: job.chunkTokens, windowBytes: limits.windowBytes)))
        }
        let (manifest, changes) = (finished.manifest, finished.changes)
        if finished.isRemoved { return .ready(try begun(try replacing(manifest))) }
        switch rerun {
        case nil:
            guard changes.isEmpty else { throw changed(changes) }
            return try done(manifest)
        case .update where finished.isSame && changes.isEmpty && manifest.counts.errors == 0:
            return try done(manifest)
        case .update:
            return .ready(try update(of: manifest))
        case .again:
            return .ready(try begun(try replacing(manifest)))
        }
    }

    private func done(_ manifest: Manifest) throws -> PreparationOutcome {
        // Another process may have begun the job since, and its ledger may still be empty.
        if try FileState(path: paths.ledger) == nil { directory.remove() }
        return .done(status(manifest))
    }

    func changed(_ changes: JobChanges) -> JobRefusal {
        let message =
            "\(paths.output) is done, and since then there were changes: \(changes.description); "
            + "use --update (new and changed documents only) or --again (all anew)"
        return JobRefusal(Failure(code: "job_changed", message: message), reason: .badData)
    }

    private func status(_ manifest: Manifest) -> JobStatus {
        var status = JobStatus(
            id: id, task: job.task.name, output: job.output, state: manifest.state, inputBytesTotal: 0)
        status.documentsDone = manifest.counts.documents
        status.documentsFailed = manifest.counts.errors
        status.documentsTotal = manifest.counts.documents + manifest.counts.errors
        return status
    }

    /// The setup of a run that replaces a finished one.
    func replacing(_ manifest: Manifest) throws -> JobSetup {
        var setup = JobSetup(chunkTokens: job.chunkTokens, windowBytes: limits.windowBytes)
        setup.isStaged = true
        setup.replaced.output = try FileState(path: paths.output)
        setup.replaced.manifest = try FileState(path: paths.manifest)
        setup.replaced.errors = try FileState(path: paths.errors)
        setup.replaced.documents = try FileState(path: paths.documents)
        if setup.replaced.errors != nil, manifest.counts.errors == 0 { throw JobRefusal.exists(paths.errors) }
        if setup.replaced.documents != nil, manifest.documents == nil { throw JobRefusal.exists(paths.documents) }
        return setup
    }

    /// A new job with its list of inputs.
    private func begun(_ setup: JobSetup) throws -> PreparedJob {
        try creatingLedger { ledger in
            var cursor = InputFileCursor(job.inputs)
            try ledger.rememberInputs { _ in try readable(cursor.next()).map(JobLedger.Input.init) }
            try setup.remember(in: ledger)
            try ledger.checkModel(model.digest)
            return try PreparedJob(id, job, model, ledger, setup, goesOn: false)
        }
    }

    /// A file of an input, if its links lead to a place that may be read.
    /// - Throws: `JobRefusal`.
    func readable(_ file: InputFile?) throws -> InputFile? {
        if let file, !roots.allowsReading(file.path) {
            let message =
                "input: \(file.path) leads outside of what clients of this coordinator may read (--input-root)"
            throw JobRefusal(Failure(code: "outside", message: message), reason: .notAllowed)
        }
        return file
    }

    /// Calls the body with a new ledger. If it throws, the new files are removed, but not those of another process.
    func creatingLedger(_ body: (JobLedger) throws -> PreparedJob) throws -> PreparedJob {
        try createDirectories(paths.work)
        let ledger: JobLedger
        do {
            ledger = try JobLedger(path: paths.ledger, job: id)
        } catch {
            // Another process was faster, and the files belong to it.
            removeDirectoryIfEmpty(paths.work)
            throw error
        }
        do {
            return try body(ledger)
        } catch {
            clear()
            throw error
        }
    }
}
