package import Coordination
package import Documents
import FoundationEssentials
package import Jobs
import Ledger

/// Everything before a job runs: whether it was done, whose files lie in its places, the list of its inputs, and what
/// an update keeps. It reads as much as that takes, on the thread of whoever asks.
package struct JobPreparation {
    let id: JobID
    let job: Job
    let model: ModelSummary
    let rerun: Rerun?
    let paths: JobPaths
    private let roots: Roots
    /// What reading the inputs may hold.
    let limits: DocumentReader.Limits

    /// - Parameters:
    ///   - roots: what the job may read and write.
    ///   - limits: of what reading the inputs may hold.
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

    /// Removes what an earlier start left, but for a copy of standard input, which was made for this one.
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

    /// The same for a job of which a ledger is there.
    /// - Returns: `nil` if it is not: the work directory is gone then.
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
            // Snapshots count steps of the chunks that were.
            try ledger.dropAllSnapshots()
            setup.chunkTokens = job.chunkTokens
            try setup.remember(in: ledger)
        }
        return try PreparedJob(id, job, model, ledger, setup, goesOn: true)
    }

    /// Whether model and inputs are those that the job began with.
    /// - Throws: `LedgerError` where they are not, and the job cannot go on with them by an update.
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

    /// Refuses a job of which a ledger is there as a run of it would.
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
        // Its id held the size of chunks.
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

    /// Forgets a job that is not finished, with all that it wrote.
    private func discardUnfinished() throws {
        let ledger = try JobLedger(path: paths.ledger, job: nil)
        if let setup = try JobSetup(ledger), !setup.isStaged, !setup.isPublishing {
            // Rows that somebody else has changed are theirs now.
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

    /// A run of the job, or of another one with the same output, that is done.
    struct Finished {
        var manifest: Manifest
        /// Whether it is this very job.
        var isSame: Bool
        var changes: JobChanges
        /// Whoever removes the rows wants them made anew.
        var isRemoved: Bool
    }

    /// What lies where the job writes.
    /// - Returns: `nil` if nothing does.
    /// - Throws: `JobRefusal` for files of somebody else.
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
        // Somebody may have begun since, and a ledger that is being made is empty.
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

    /// The setup of a run that takes the place of a finished one.
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

    /// A job that begins, with its list of inputs.
    private func begun(_ setup: JobSetup) throws -> PreparedJob {
        try creatingLedger { ledger in
            var cursor = InputFileCursor(job.inputs)
            try ledger.rememberInputs { _ in try readable(cursor.next()).map(JobLedger.Input.init) }
            try setup.remember(in: ledger)
            try ledger.checkModel(model.digest)
            return try PreparedJob(id, job, model, ledger, setup, goesOn: false)
        }
    }

    /// A file that an input takes, if it may be read wherever its links lead.
    /// - Throws: `JobRefusal`.
    func readable(_ file: InputFile?) throws -> InputFile? {
        if let file, !roots.allowsReading(file.path) {
            let message =
                "input: \(file.path) leads outside of what clients of this coordinator may read (--input-root)"
            throw JobRefusal(Failure(code: "outside", message: message), reason: .notAllowed)
        }
        return file
    }

    /// Runs what makes a job of a new ledger; where that fails, nothing is left but what somebody else has begun.
    func creatingLedger(_ body: (JobLedger) throws -> PreparedJob) throws -> PreparedJob {
        try createDirectories(paths.work)
        let ledger: JobLedger
        do {
            ledger = try JobLedger(path: paths.ledger, job: id)
        } catch {
            // Another one was faster, and the files are its own.
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
