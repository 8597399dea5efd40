import Coordination
import Jobs

/// The threads that read the inputs of jobs.
extension World {
    func openDocuments(_ id: JobID, _ count: Int, _ coordinator: CoordinatorNode) {
        guard let job = coordinator.jobs[id] else { return }
        job.reader.wanted += count
        guard !job.reader.isReading else { return }
        job.reader.isReading = true
        agenda.add(.inputsRead(epoch: coordinator.epoch, id), at: now.advanced(by: random.duration(0...50)))
    }

    func readInputs(_ id: JobID, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let job = coordinator.jobs[id], let pretend = self.job(id) else { return }
        while job.finishedBefore.isFinished(job.reader.next) { job.reader.next += 1 }
        guard job.reader.next < pretend.documents.count else {
            return try tell(job, .exhausted(documents: pretend.documents.count), coordinator)
        }
        let ordinal = job.reader.next
        job.reader.next += 1
        job.reader.wanted -= 1
        job.reader.isReading = job.reader.wanted > 0
        if job.reader.isReading {
            agenda.add(.inputsRead(epoch: coordinator.epoch, id), at: now.advanced(by: random.duration(0...20)))
        }
        let document = pretend.documents[ordinal]
        if document.fate == .rejected {
            tally.count(.documentRejected)
            return try tell(job, .rejected(ordinal, Failure(code: "rejected", message: "")), coordinator)
        }
        job.tokensRead[ordinal] = 0
        if document.fate == .duplicate { job.tokensRead[ordinal] = nil }
        try tell(
            job,
            .began(
                ordinal, identity: ExactString(document.id), recorded: ledger.positions[id]?.identities[document.id],
                plan: nil),
            coordinator)
        if document.fate == .duplicate { tally.count(.documentDuplicate) }
        agenda.add(
            .documentRead(epoch: coordinator.epoch, DocumentKey(job: id, ordinal: ordinal)),
            at: now.advanced(by: random.duration(0...50)))
    }

    /// Some more of a document is tokenised, at whatever speed.
    func readDocument(_ key: DocumentKey, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let job = coordinator.jobs[key.job], let document = self.job(key.job)?.documents[key.ordinal] else {
            return
        }
        let length = document.tokens.count
        guard let before = job.tokensRead[key.ordinal] else {
            // Nobody wants the rest.
            return try tell(job, .read(key.ordinal, tokens: 0, total: 0, isLast: true, textEnds: []), coordinator)
        }
        let read = min(length, before + Int.random(in: 0...1500, using: &random))
        job.tokensRead[key.ordinal] = read
        if case .abandoned(let after) = document.fate, read >= after {
            tally.count(.documentAbandoned)
            return try tell(job, .abandoned(key.ordinal, Failure(code: "abandoned", message: "")), coordinator)
        }
        // The end may be news by itself, when the input ends where a portion did.
        var isComplete = read == length && random.chance(0.7)
        if plant == .forgetsTheEndOfADocument { isComplete = false }
        try tell(
            job, .read(key.ordinal, tokens: read - before, total: read, isLast: isComplete, textEnds: []), coordinator)
        if !isComplete, !(plant == .forgetsTheEndOfADocument && read == length) {
            agenda.add(.documentRead(epoch: coordinator.epoch, key), at: now.advanced(by: random.duration(0...300)))
        }
    }
}
