import Coordination
import Documents
import FoundationEssentials
import Jobs
import Ledger

/// The execution of the state machine's actions.
extension JobRun {
    /// - Returns: the answer, if the action asks for one.
    /// - Throws: `FileError`, `LedgerError`, `JobRefusal`; the job cannot go on then.
    func carryOut(_ action: JobAction<OpenDocument.Progress>) throws -> JobEvent<OpenDocument.Progress>? {
        switch action {
        case .open(let ordinal, let point, let progress):
            return try opened(ordinal, point, progress)
        case .write(let ended):
            try write(ended)
            return .written(ended.ordinal)
        case .moveAhead(let ordinals):
            guard bytesMoved < JobOutput.bytesMovedAtOnce else {
                toMove = ordinals
                return nil
            }
            return .moved(to: try output.moveAhead(ordinals, &bytesMoved))
        case .synchronize(let cut):
            try output.synchronize()
            return .synchronized(cut: cut)
        case .commit(let cut, let leases, let isAheadOver):
            try output.commit(leases: leases, isAheadOver: isAheadOver)
            return .committed(cut: cut)
        case .cutAhead:
            try output.cutAhead()
        case .removeFiles(let ordinal, let points):
            retired.removeValue(forKey: ordinal)?.removeFiles()
            for point in points { removeSnapshot(ordinal, point) }
        case .synchronizeDocument(let ordinal, let snapshot):
            guard let document = open[ordinal] else { return nil }
            try document.synchronize()
            // Digests exist only for spools in files.
            return .documentSynchronized(ordinal, snapshot, document.progress, tokens: document.tokensRecorded)
        case .writeSnapshot(let ordinal, let snapshot):
            write(snapshot, of: ordinal)
        case .recordSnapshot(let ordinal, let entry, let lease, let leases):
            let record = JobLedger.SnapshotRecord(
                ordinal: ordinal, profile: entry.profile, point: entry.point, progress: try entry.progress.json())
            try ledger.record(record, lease: lease, leases: leases)
            CrashPoint.pass(.snapshotRecorded)
            return .snapshotRecorded(ordinal, lease, entry.point)
        case .removeSnapshot(let ordinal, let point):
            removeSnapshot(ordinal, point)
        case .forgetSnapshots(let ordinal, let points):
            // The ledger comes first: a file without an entry does no harm.
            try ledger.dropSnapshots(of: ordinal, steps: points.map(\.steps))
            for point in points { removeSnapshot(ordinal, point) }
        case .restart(let ordinal, let progress):
            try open[ordinal]?.restart(from: progress)
        case .tell(let event):
            var task: Job.Task?
            if case .documentOpened(let key, _, _) = event { task = open[key.ordinal]?.task }
            report(.progress(event, task: task))
        case .publish:
            try publish()
        case .stop(let reason):
            throw refusal(reason)
        }
        return nil
    }

    // MARK: - Documents

    /// Opens a document with the records of an earlier run, as far as they can be read.
    private func opened(
        _ ordinal: Int, _ point: ResumePoint?, _ progress: OpenDocument.Progress?
    ) throws -> JobEvent<OpenDocument.Progress>? {
        guard let (header, task) = beginning[ordinal] else { return nil }
        do {
            open[ordinal] = try OpenDocument(
                header, task: task, modelName: job.modelName, decoder: summary.tokenizer, paths: paths,
                progress: progress)
            return .opened(ordinal)
        } catch {
            guard let point else { throw error }
            return .unopened(ordinal, point)
        }
    }

    private func write(_ ended: EndedDocument) throws {
        let document = open.removeValue(forKey: ended.ordinal)
        guard let header = document?.header ?? beginning[ended.ordinal]?.header else {
            preconditionFailure("document \(ended.ordinal) ended and never began")
        }
        if ended.keepsFiles { retired[ended.ordinal] = document }
        let problem: InputProblem
        switch ended.ending {
        case .rows:
            guard let document else { preconditionFailure("document \(ended.ordinal) has rows and is not open") }
            return try output.write(
                .init(
                    ordinal: ended.ordinal, id: header.identity, tokens: document.tokens.count, digest: document.digest,
                    profile: ended.profile, lease: ended.lease),
                rows: document.finishedRows(), to: ended.place)
        case .error(let failure):
            problem = InputProblem(failure)
        case .duplicate(let earlier):
            problem = InputProblem(
                .duplicateID, "document \(earlier + 1) of the inputs has the \(header.name) already")
        }
        lastError = "\(header.source): \(problem.message)"
        let rows = Spool<UInt8>(path: paths.spool(ended.ordinal, "rows"))
        try rows.append(header.errorRow(problem))
        try output.write(
            .init(
                ordinal: ended.ordinal, id: header.identity, ownsID: document != nil, isError: true, tokens: 0),
            rows: rows, to: ended.place)
    }

    // MARK: - Snapshots

    private func write(_ snapshot: ArrivedSnapshot, of ordinal: Int) {
        guard let document = open[ordinal] else { return }
        let point = snapshot.point
        writeSnapshot(
            .init(
                key: DocumentKey(job: id, ordinal: ordinal), run: number, lease: snapshot.lease, point: point,
                sender: snapshot.sender, origin: summary.snapshotOrigin(of: document.task, job.dataType),
                text: document.text(ofTokens: point.tokens), path: paths.snapshot(ordinal, steps: point.steps),
                bytes: snapshot.bytes))
    }

    private func removeSnapshot(_ ordinal: Int, _ point: ResumePoint) {
        removeIfThere(paths.snapshot(ordinal, steps: point.steps))
    }

    private func removeIfThere(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Removes files of an earlier run that the ledger does not know.
    func removeLeftovers() {
        var known: Set<String> = []
        for ordinal in machine.snapshots.ordinals {
            for entry in machine.snapshots[ordinal] {
                known.insert(paths.snapshot(ordinal, steps: entry.point.steps))
            }
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: paths.work)) ?? [] {
            guard let ordinal = JobPaths.ordinal(ofFile: name) else { continue }
            let path = paths.work + "/" + name
            let isSnapshot = name.contains(".snapshot-")
            if isSnapshot ? !known.contains(path) : machine.snapshots[ordinal].isEmpty { removeIfThere(path) }
        }
    }

    // MARK: - The end

    /// Writes the manifest, gives the files their final names and removes the work directory.
    private func publish() throws {
        machine.status.state = status.documentsFailed == 0 ? .completed : .completedWithErrors
        CrashPoint.pass(.writingManifest)
        try manifest().write(to: paths.stagedManifest, inputs: ledger)
        var setup = output.setup
        setup.isPublishing = true
        try setup.remember(in: ledger)
        try Publication(paths: paths, ledger: ledger, setup: setup).publish()
        CrashPoint.pass(.manifestWritten)
        let others = WorkDirectory(paths).remove()
        CrashPoint.pass(.workRemoved)
        finished(leaving: others)
    }

    private func manifest() throws -> Manifest {
        let (position, digests) = (output.position, output.digests)
        return Manifest(
            version: ProgramVersion.text, jobID: id, state: status.state, job: ManifestJob(job),
            modelDigest: model.digest,
            dataType: job.dataType,
            profiles: try ledger.profiles().map { .init(profile: $0.name, documents: $0.documents) },
            counts: .init(
                documents: status.documentsDone, errors: status.documentsFailed, tokens: position.tokens,
                outputBytes: position.outputLength),
            passedOver: passedOver,
            output: .init(bytes: position.outputLength, sha256: digests.output),
            errors: digests.errors.map { .init(bytes: position.errorsLength, sha256: $0) },
            documents: digests.documents.map { .init(bytes: position.documentsLength, sha256: $0) },
            startedAt: startedAt, finishedAt: .now)
    }

    private func refusal(_ reason: JobStop) -> JobRefusal {
        switch reason {
        case .tooManyErrors(let count, let last):
            // The error rows may not be in the errors file yet: it has the order of the inputs.
            let detail = last == nil ? "see \(paths.errors)" : "the last is \(lastError)"
            return JobRefusal(
                Failure(
                    code: "too_many_errors",
                    message: "\(count) error rows are more than max_errors allows; \(detail)"),
                reason: .failed)
        case .inputsChanged:
            return JobRefusal(
                Failure(
                    code: "inputs_changed",
                    message: "inputs have changed while the job ran, and their documents are not those that it began "
                        + "with: use --update once more"),
                reason: .badData)
        }
    }
}

extension InputProblem {
    fileprivate init(_ failure: Coordination.Failure) {
        self.init(Code(rawValue: failure.code) ?? .failed, failure.message)
    }
}
