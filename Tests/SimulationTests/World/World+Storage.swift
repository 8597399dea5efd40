import Coordination
import Jobs

/// The storage of the coordinator's daemon: it has the jobs' machines and their files, and may be behind.
extension World {
    // MARK: - Between the threads

    /// The coordinator tells the storage something. It is heard in this order, at once or when the storage has time.
    func order(_ order: StorageOrder, _ coordinator: CoordinatorNode) throws(Violation) {
        if slowestStorage == 0 { return try hear(order, coordinator) }
        let time = max(now, coordinator.toStorageIsFree).advanced(by: random.duration(0...slowestStorage))
        coordinator.toStorageIsFree = time
        agenda.add(.storageHears(epoch: coordinator.epoch, order), at: time)
    }

    /// The storage tells the coordinator something.
    func answer(_ event: CoordinatorEvent<ConnectionID>, _ coordinator: CoordinatorNode) {
        if slowestStorage == 0 {
            coordinator.following.append(event)
            return
        }
        let time = max(now, coordinator.fromStorageIsFree).advanced(by: random.duration(0...slowestStorage))
        coordinator.fromStorageIsFree = time
        agenda.add(.storageTells(epoch: coordinator.epoch, event), at: time)
    }

    func hear(_ order: StorageOrder, _ coordinator: CoordinatorNode) throws(Violation) {
        switch order {
        case .begin(let id):
            try begin(id, coordinator)
        case .openDocuments(let id, let count):
            openDocuments(id, count, coordinator)
        case .grant(let key, let lease, let worker, let profile, let point):
            try grant(key, lease, worker, profile: profile, from: point, coordinator)
        case .step(let key, let lease, let worker, let number, let work, let wantsSnapshot):
            guard let job = coordinator.jobs[key.job], job.machine.isOpen(key.ordinal) else { return }
            var step = try step(lease, key, number, work, job)
            step.wantsSnapshot = wantsSnapshot
            answer(.ready(.step(step), lease, worker), coordinator)
        case .record(let key, let output, let tokensRead):
            guard let job = coordinator.jobs[key.job], job.machine.isOpen(key.ordinal) else { return }
            disk.parts[key, default: .init()].append(output)
            try tell(job, .recorded(key.ordinal, tokens: output.generated?.tokens.count ?? tokensRead), coordinator)
        case .keepSnapshot(let key, let snapshot):
            try tell(key, .snapshotCame(key.ordinal, snapshot), coordinator)
        case .discardSnapshot(let key, let point):
            try tell(key, .snapshotDiscarded(key.ordinal, point), coordinator)
        case .restart(let key, let point):
            try tell(key, .restarted(key.ordinal, from: point), coordinator)
        case .complete(let key):
            try tell(key, .completed(key.ordinal), coordinator)
        case .fail(let key, let failure):
            try tell(key, .failed(key.ordinal, failure), coordinator)
        case .end(let id):
            guard let job = coordinator.jobs[id] else { return }
            if plant == .answersBeforeCommit { return try publish(job, coordinator) }
            try tell(job, .ended, coordinator)
        }
    }

    func tell(
        _ key: DocumentKey, _ event: JobEvent<PretendProgress>, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        if let job = coordinator.jobs[key.job] { try tell(job, event, coordinator) }
    }

    /// Tells a job's machine something, and carries out what it decides.
    func tell(
        _ job: StoredJob, _ event: JobEvent<PretendProgress>, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        var events = [event][...]
        while let event = events.popFirst(), coordinator.jobs[job.id] === job {
            note("\(job.id) is told: \(event)")
            for action in job.machine.handle(event, at: now) {
                guard try isAlive(coordinator), coordinator.jobs[job.id] === job else { return }
                note("\(job.id): \(action.inOrder)")
                if let answer = try carryOut(action, job, coordinator) { events.append(answer) }
            }
        }
        guard let deadline = job.machine.nextDeadline, job.nextTick.map({ deadline < $0 }) ?? true else { return }
        job.nextTick = deadline
        agenda.add(.storageTick(epoch: coordinator.epoch, job.id), at: max(now, deadline))
    }

    func storageTicks(_ id: JobID, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let job = coordinator.jobs[id] else { return }
        job.nextTick = nil
        try tell(job, .tick, coordinator)
        if let deadline = job.machine.nextDeadline, deadline <= now {
            throw Violation(.deadlines, "\(id) at \(deadline.sinceStart)")
        }
    }

    // MARK: - Jobs

    /// Takes a job up as the ledger and the disk have it.
    private func begin(_ id: JobID, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let pretend = job(id), var position = ledger.positions[id] else { return }
        let (rows, ahead) = (disk.rows[id]?.count ?? 0, disk.ahead[id]?.count ?? 0)
        guard rows >= position.rows, ahead >= position.aheadLength else {
            throw Violation(
                .commitSpeaksOfSynchronised,
                "\(id) has \(rows) rows, \(ahead) ahead, of \(position.rows), \(position.aheadLength)")
        }
        disk.rows[id, default: .init()].truncate(to: position.rows)
        disk.ahead[id, default: .init()].truncate(to: position.aheadLength)
        disk.removeLeftovers(of: id, ledger)
        var book = SnapshotBook<PretendProgress>()
        for (key, entries) in ledger.snapshots where key.job == id {
            for entry in entries { book.take(entry, of: key.ordinal) }
        }
        if plant == .finishesTwice { position.ahead = [:] }
        var status = JobStatus(
            id: id, task: pretend.job.task.name, output: pretend.job.output, state: .running, inputBytesTotal: 0)
        status.documentsFailed = position.errors
        let machine = JobMachine(
            id, errorLimit: pretend.errorLimit.map { .count($0) } ?? .none, output: position.output, snapshots: book,
            status: status)
        coordinator.jobs[id] = StoredJob(pretend, position, machine)
        answer(.progress(.jobAdmitted(id, pretend.plan)), coordinator)
    }

    private func carryOut(
        _ action: JobAction<PretendProgress>, _ job: StoredJob, _ coordinator: CoordinatorNode
    ) throws(Violation) -> JobEvent<PretendProgress>? {
        switch action {
        case .open(let ordinal, let point, let progress):
            return try open(DocumentKey(job: job.id, ordinal: ordinal), point, progress)
        case .write(let ended):
            try write(ended, job)
            return .written(ended.ordinal)
        case .moveAhead(let ordinals):
            return try moveAhead(ordinals, job)
        case .synchronize(let cut):
            job.cut = (cut, job.position)
            if plant == .commitsBeforeSync { return .synchronized(cut: cut) }
            operate(.synchronize(job.id, cut: cut, job.position), coordinator)
        case .commit(let cut, _, let isAheadOver):
            guard var position = job.cut?.position, job.cut?.number == cut else {
                throw Violation(.commitSpeaksOfSynchronised, "\(job.id) commits cut \(cut), which is none")
            }
            if isAheadOver {
                guard position.ahead.isEmpty else { throw Violation(.oneRow, "rows ahead of \(job.id) are left out") }
                position.aheadLength = 0
            }
            operate(.commit(job.id, cut: cut, position), coordinator)
        case .cutAhead:
            guard job.position.ahead.isEmpty else { throw Violation(.oneRow, "rows ahead of \(job.id) are cut off") }
            disk.ahead[job.id]?.truncate(to: 0)
            job.position.aheadLength = 0
        case .removeFiles(let ordinal, let points):
            operate(.removeFiles(DocumentKey(job: job.id, ordinal: ordinal), points), coordinator)
        case .synchronizeDocument(let ordinal, let snapshot):
            let key = DocumentKey(job: job.id, ordinal: ordinal)
            let progress = PretendProgress(parts: disk.parts[key]?.count ?? 0)
            if plant == .recordsSnapshotsBeforeResults {
                return .documentSynchronized(ordinal, snapshot, progress, tokens: 0)
            }
            operate(.synchronizeParts(key, snapshot, progress, tokens: 0), coordinator)
        case .writeSnapshot(let ordinal, let snapshot):
            return write(snapshot, of: DocumentKey(job: job.id, ordinal: ordinal), coordinator)
        case .recordSnapshot(let ordinal, let entry, let lease, _):
            operate(.recordSnapshot(DocumentKey(job: job.id, ordinal: ordinal), entry, lease), coordinator)
        case .removeSnapshot(let ordinal, let point):
            operate(.removeSnapshot(DocumentKey(job: job.id, ordinal: ordinal), point), coordinator)
        case .forgetSnapshots(let ordinal, let points):
            operate(.forgetSnapshots(DocumentKey(job: job.id, ordinal: ordinal), points), coordinator)
        case .restart(let ordinal, let progress):
            if plant == .keepsPartsOfLostDocuments || plant == .keepsRowsBehindSnapshots && progress != nil {
                return nil
            }
            disk.parts[DocumentKey(job: job.id, ordinal: ordinal)]?.truncate(to: progress?.parts ?? 0)
        case .tell(let event):
            answer(.progress(event), coordinator)
        case .publish:
            try publish(job, coordinator)
        case .stop(let reason):
            guard reason != .inputsChanged else { throw Violation(.jobEnds, "\(job.id) has other documents") }
            tally.count(.jobStopped)
            coordinator.jobs[job.id] = nil
            answer(.progress(.jobStopped(job.id)), coordinator)
        }
        return nil
    }

    // MARK: - Rows

    private func open(
        _ key: DocumentKey, _ point: ResumePoint?, _ progress: PretendProgress?
    ) throws(Violation) -> JobEvent<PretendProgress> {
        let count = disk.parts[key]?.count ?? 0
        guard count >= progress?.parts ?? 0 else {
            throw Violation(.snapshotsDurable, "\(key) has \(count) results, not those before \(point, default: "")")
        }
        disk.parts[key, default: .init()].truncate(to: progress?.parts ?? 0)
        return .opened(key.ordinal)
    }

    private func write(_ ended: EndedDocument, _ job: StoredJob) throws(Violation) {
        let key = DocumentKey(job: job.id, ordinal: ended.ordinal)
        let isOpen = job.tokensRead.removeValue(forKey: ended.ordinal) != nil
        let ending: Ending
        switch ended.ending {
        case .rows: ending = .row(Row(disk.parts[key]?.elements ?? []))
        case .error(let failure): ending = .error(failure.code)
        case .duplicate: ending = .error("duplicate")
        }
        guard ending == self.job(job.id)?.endings[ended.ordinal] else { throw Violation(.rightRows, "\(key)") }
        guard !(disk.rows[job.id]?.elements.contains { $0.ordinal == ended.ordinal } ?? false),
            !(disk.ahead[job.id]?.elements.contains { $0.ordinal == ended.ordinal } ?? false)
        else { throw Violation(.oneRow, "\(key) has one already") }
        let line = PretendDisk.Line(ordinal: ended.ordinal, ending: ending)
        switch ended.place {
        case .output:
            try append(line, job)
        case .ahead:
            tally.count(.rowAhead)
            job.position.ahead[ended.ordinal] = disk.ahead[job.id]?.count ?? 0
            disk.ahead[job.id, default: .init()].append(line)
            job.position.aheadLength += 1
        }
        if case .error = ending { job.position.errors += 1 }
        if isOpen, let id = self.job(job.id)?.documents[ended.ordinal].id {
            job.position.identities[id] = ended.ordinal
        }
        if !ended.keepsFiles || plant == .removesFilesBeforeCommit { disk.parts[key] = nil }
    }

    private func append(_ line: PretendDisk.Line, _ job: StoredJob) throws(Violation) {
        guard line.ordinal == disk.rows[job.id]?.count ?? 0 else {
            throw Violation(.oneRow, "the row of document \(line.ordinal) of \(job.id) at another place")
        }
        disk.rows[job.id, default: .init()].append(line)
        job.position.rows += 1
    }

    /// Moves the first of them, or all.
    private func moveAhead(_ ordinals: Range<Int>, _ job: StoredJob) throws(Violation) -> JobEvent<PretendProgress> {
        let moved = ordinals.prefix(Int.random(in: 1...ordinals.count, using: &random))
        for ordinal in moved {
            guard let place = job.position.ahead.removeValue(forKey: ordinal),
                let line = disk.ahead[job.id]?.elements[place]
            else { throw Violation(.oneRow, "document \(ordinal) of \(job.id) is not ahead") }
            try append(line, job)
        }
        return .moved(to: moved.upperBound)
    }

    private func publish(_ job: StoredJob, _ coordinator: CoordinatorNode) throws(Violation) {
        guard ledger.states[job.id] == .running else {
            throw Violation(.answeredOnce, "\(job.id) is \(ledger.states[job.id], default: "unknown")")
        }
        let rows = disk.rows[job.id]
        guard let count = self.job(job.id)?.documents.count, ledger.positions[job.id]?.rows == count,
            (rows?.synchronized ?? 0) == count
        else { throw Violation(.acknowledgedRowSurvives, "\(job.id) has rows that may be lost") }
        ledger.end(job.id, .completed)
        disk.removeWork(of: job.id)
        coordinator.jobs[job.id] = nil
    }

    // MARK: - The disk

    private func operate(_ operation: DiskOperation, _ coordinator: CoordinatorNode) {
        coordinator.operations.append(operation)
        let time = max(now, coordinator.diskIsFree).advanced(by: random.duration(0...slowestDisk))
        coordinator.diskIsFree = time
        agenda.add(.diskWorks(epoch: coordinator.epoch), at: time)
    }

    func diskWorks(_ coordinator: CoordinatorNode) throws(Violation) {
        guard !coordinator.operations.isEmpty else { return }
        let operation = coordinator.operations.removeFirst()
        try carryOut(operation)
        switch operation {
        case .synchronize(let id, let cut, _):
            if let job = coordinator.jobs[id] { try tell(job, .synchronized(cut: cut), coordinator) }
        case .commit(let id, let cut, _):
            if let job = coordinator.jobs[id] { try tell(job, .committed(cut: cut), coordinator) }
        case .synchronizeParts(let key, let snapshot, let progress, let tokens):
            try tell(key, .documentSynchronized(key.ordinal, snapshot, progress, tokens: tokens), coordinator)
        case .recordSnapshot(let key, let entry, let lease):
            tally.count(.snapshotKept)
            try tell(key, .snapshotRecorded(key.ordinal, lease, entry.point), coordinator)
        case .removeFiles, .removeSnapshot, .forgetSnapshots:
            break
        }
    }

    private func carryOut(_ operation: DiskOperation) throws(Violation) {
        switch operation {
        case .synchronize(let id, _, let position):
            disk.rows[id]?.synchronize(position.rows)
            disk.ahead[id]?.synchronize(position.aheadLength)
        case .commit(let id, _, let position):
            guard ledger.states[id] == .running else { return }
            guard (disk.rows[id]?.synchronized ?? 0) >= position.rows,
                (disk.ahead[id]?.synchronized ?? 0) >= position.aheadLength
            else { throw Violation(.commitSpeaksOfSynchronised, "\(id) commits rows that the disk may lose") }
            ledger.commit(position, of: id)
        case .removeFiles(let key, let points):
            disk.parts[key] = nil
            disk.remove(key, points)
        case .synchronizeParts(let key, _, let progress, _):
            disk.parts[key]?.synchronize(progress.parts)
        case .recordSnapshot(let key, let entry, _):
            if ledger.states[key.job] == .running { ledger.write(entry, of: key) }
        case .removeSnapshot(let key, let point):
            disk.remove(key, [point])
        case .forgetSnapshots(let key, let points):
            ledger.forgetSnapshots(of: key, points)
            disk.remove(key, points)
        }
    }

    /// The process ends: of what the disk was asked for, it does the first, or nothing, or all.
    func diskGoesOn(_ coordinator: CoordinatorNode) throws(Violation) {
        for operation in coordinator.operations {
            guard random.chance(0.5) else { return }
            try carryOut(operation)
        }
    }

    // MARK: - Snapshots

    /// What is written comes after all that the disk was asked for before.
    private func write(
        _ snapshot: ArrivedSnapshot, of key: DocumentKey, _ coordinator: CoordinatorNode
    ) -> JobEvent<PretendProgress>? {
        guard !random.chance(0.05) else {
            tally.count(.snapshotNotKept)
            return .snapshotWritten(key.ordinal, snapshot.lease, snapshot.point, .failed)
        }
        let start = max(now, coordinator.writerIsFree, coordinator.diskIsFree)
        let written = start.advanced(by: random.duration(0...200))
        let durable = written.advanced(by: random.duration(0...600))
        coordinator.writerIsFree = durable
        agenda.add(.snapshotWritten(epoch: coordinator.epoch, key, snapshot), at: written)
        agenda.add(.snapshotSynchronized(epoch: coordinator.epoch, key, snapshot), at: durable)
        return nil
    }

    func snapshotIsWritten(
        _ key: DocumentKey, _ snapshot: ArrivedSnapshot, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard ledger.states[key.job] == .running else { return }
        disk.write(snapshot.bytes.bytes, key, snapshot.point)
        if plant == .recordsSnapshotsBeforeSync { try snapshotIsThere(key, snapshot, coordinator) }
    }

    func snapshotIsDurable(
        _ key: DocumentKey, _ snapshot: ArrivedSnapshot, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        disk.synchronize(key, snapshot.point)
        if plant != .recordsSnapshotsBeforeSync { try snapshotIsThere(key, snapshot, coordinator) }
    }

    private func snapshotIsThere(
        _ key: DocumentKey, _ snapshot: ArrivedSnapshot, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        try tell(key, .snapshotWritten(key.ordinal, snapshot.lease, snapshot.point, .durable), coordinator)
    }

    // MARK: - What goes to workers

    private func grant(
        _ key: DocumentKey, _ lease: LeaseID, _ worker: WorkerID, profile: String, from point: ResumePoint?,
        _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let stored = coordinator.jobs[key.job], stored.machine.isOpen(key.ordinal), let job = job(key.job) else {
            return
        }
        try tell(stored, .granted(key.ordinal, lease, profile: profile), coordinator)
        if let point, disk[key, point] == nil { throw Violation(.snapshotsDurable, "\(key) has none at \(point)") }
        let grant = LeaseGrant(
            lease: lease, document: key, documentID: job.documents[key.ordinal].id, task: job.job.task,
            model: ModelReference(directory: job.job.model, digest: "", dataType: "f32"),
            firstStep: point?.steps ?? 0, snapshot: point.flatMap { disk[key, $0] }.map { FrameBytes($0) })
        answer(.ready(.lease(grant), lease, worker), coordinator)
    }

    private func step(
        _ lease: LeaseID, _ key: DocumentKey, _ number: Int, _ work: StepPlan.Work, _ stored: StoredJob
    ) throws(Violation) -> Step {
        switch work {
        case .generate(let sample, let atMost):
            return Step(lease: lease, number: number, work: .generate(sample: sample, atMost: atMost))
        case .read(let range, let isLast):
            guard let read = stored.tokensRead[key.ordinal], range.upperBound <= read,
                let tokens = job(key.job)?.documents[key.ordinal].tokens
            else { throw Violation(.stepsInOrder, "\(range) of \(key) has not been read") }
            return Step(lease: lease, number: number, work: .read(tokens: Array(tokens[range]), isLast: isLast))
        }
    }
}

extension JobAction {
    /// A description in which leases have their order: that of a dictionary is another one each time.
    fileprivate var inOrder: String {
        switch self {
        case .commit(let cut, let leases, let isAheadOver):
            "commit(\(cut), leases: \(leases.sorted { $0.key < $1.key }), isAheadOver: \(isAheadOver))"
        case .recordSnapshot(let ordinal, let entry, let lease, let leases):
            "recordSnapshot(\(ordinal), \(entry), \(lease), leases: \(leases.sorted { $0.key < $1.key }))"
        case .open, .write, .moveAhead, .synchronize, .cutAhead, .removeFiles, .synchronizeDocument, .writeSnapshot,
            .removeSnapshot, .forgetSnapshots, .restart, .tell, .publish, .stop:
            "\(self)"
        }
    }
}
