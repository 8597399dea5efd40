import Coordination
import Documents
import Jobs
import Ledger

/// The preparation of updates. Unchanged documents that have rows from an earlier run count as finished. The job then
/// goes on as after a crash.
extension JobPreparation {
    private static let candidatesAtOnce = 1024

    /// An update of a finished job.
    func update(of manifest: Manifest) throws -> PreparedJob {
        var setup = try replacing(manifest)
        setup.isPrepared = false
        let isReusable = try isReusable(manifest)
        if isReusable, let documents = manifest.documents {
            setup.source = .init(
                documents: paths.documents, documentsLength: documents.bytes, outputLength: manifest.counts.outputBytes,
                model: manifest.modelDigest,
                profiles: manifest.profiles.map(\.profile))
        }
        return try creatingLedger { ledger in
            if isReusable, var reader = try ManifestReader.opening(paths.manifest) {
                try ledger.rememberFormer { try reader.next()?.known }
            }
            try setup.remember(in: ledger)
            return try updated(ledger, setup)
        }
    }

    /// Whether this job would write the same rows as a manifest's job for the same documents.
    private func isReusable(_ manifest: Manifest) throws -> Bool {
        guard manifest.job.makesSameRows(as: job), manifest.modelDigest == model.digest,
            let output = manifest.output, let documents = manifest.documents
        else { return false }
        return try output.isIn(paths.output, since: paths.manifest)
            && documents.isIn(paths.documents, since: paths.manifest)
    }

    /// An update of an unfinished job: its rows so far count as those of an earlier run.
    func updateOfUnfinished(_ ledger: JobLedger, _ setup: inout JobSetup) throws -> PreparedJob {
        if !setup.isStaged {
            let start = try OutputStart(paths, ledger, setup)
            // Bytes behind the recorded length belong to no document.
            _ = try RowFile(path: paths.output, keeping: start.output)
            _ = try RowFile(path: paths.stagedDocuments, keeping: start.documents)
            setup.source = .init(
                documents: paths.earlierDocuments, documentsLength: start.position.documentsLength,
                outputLength: start.position.outputLength, model: model.digest, profiles: start.profiles)
            setup.isStaged = true
            setup.replaced.output = try FileState(path: paths.output)
            setup.replaced.errors = setup.hasErrors ? try FileState(path: paths.errors) : nil
        }
        setup.isPrepared = false
        try setup.remember(in: ledger)
        return try updated(ledger, setup)
    }

    /// Prepares an update. If a crash ended an earlier preparation, this one starts again.
    func updated(_ ledger: JobLedger, _ unprepared: JobSetup) throws -> PreparedJob {
        var setup = unprepared
        // Ordinals are found again, and snapshots are made again.
        (setup.chunkTokens, setup.windowBytes) = (job.chunkTokens, limits.windowBytes)
        if setup.source?.model != model.digest { setup.source = nil }
        // The manifest of a finished job has digests. The inputs of an unfinished job are compared by size and times.
        let settled = setup.replaced.manifest == nil ? Int64.max : Manifest.read(paths.manifest)?.settled ?? 0
        if setup.source?.documents == paths.earlierDocuments, try FileState(path: paths.earlierDocuments) == nil {
            try FilePlacement.move(paths.stagedDocuments, to: paths.earlierDocuments, replacing: nil)
        }
        try ledger.beginAnew()
        WorkDirectory(paths).remove([paths.stagedOutput, paths.stagedErrors, paths.stagedDocuments, paths.ahead])
        (setup.hasOutput, setup.hasErrors, setup.hasRecords) = (false, false, true)
        try rememberInputs(in: ledger, settled: settled)
        if let source = setup.source { _ = try takeOver(source, ledger) }
        setup.isPrepared = true
        try setup.remember(in: ledger)
        try ledger.checkModel(model.digest)
        return try PreparedJob(id, job, model, ledger, setup, goesOn: true)
    }

    /// Lists the inputs, with the digests of unchanged files.
    private func rememberInputs(in ledger: JobLedger, settled: Int64 = .max) throws {
        var cursor = InputFileCursor(job.inputs)
        try ledger.rememberInputs { former in
            guard var file = try readable(cursor.next()) else { return nil }
            let input = try JobLedger.Input(file)
            if let former = try former(input.path), try former.isUnchanged(in: file, unlessAfter: settled) {
                file.knownDigest = former.sha256
            }
            return try JobLedger.Input(file)
        }
    }

    /// Counts the documents that an update keeps, and records them as finished.
    private func takeOver(_ source: JobSetup.Source, _ ledger: JobLedger) throws -> Takeover.Counts {
        var lines = try FileLines(path: source.documents)
        var (ordinal, offset, recordOffset) = (0, 0, 0)
        let takeover = try Takeover(ledger, profiles: source.profiles) {
            while recordOffset < source.documentsLength, let line = try lines.next() {
                guard let record = DocumentRecord(line: line),
                    record.error == true || record.bytes <= source.outputLength - offset
                else { throw FileError(.read, source.documents, .altered) }
                let place = (ordinal, offset, recordOffset)
                ordinal += 1
                recordOffset += line.count + 1
                if record.error == true { continue }
                offset += record.bytes
                guard let digest = record.digest else { continue }
                return .init(
                    id: record.id, ordinal: place.0, offset: place.1, length: record.bytes, recordOffset: place.2,
                    recordLength: line.count + 1, tokens: record.tokens ?? 0, profile: record.profile ?? 0,
                    digest: digest)
            }
            return nil
        }
        // The reader has the feed's settings: a document that one of them could not read would shift all later
        // ordinals.
        var reader = DocumentReader(LedgerInputs(ledger), vocabularySize: model.vocabularySize, limits: limits)
        var candidates: [Takeover.Candidate] = []
        while let event = try reader.next() {
            guard case .begin(let header) = event else { continue }
            // A document that the job refuses does not use its id.
            if (try? header.task(of: job.task, model)) != nil {
                candidates.append(
                    .init(
                        ordinal: header.ordinal, id: header.identity,
                        digest: reader.documentDigest().map { String($0.prefix(DocumentRecord.digits)) }))
            }
            reader.skipDocument()
            if candidates.count == Self.candidatesAtOnce {
                try takeover.settle(candidates)
                candidates = []
            }
        }
        try takeover.settle(candidates)
        return try takeover.finish()
    }

    // MARK: - Forecasts

    /// The counts of documents that an update of a finished job would keep and do; `nil` if it would do all of them.
    func counts(of manifest: Manifest) throws -> Takeover.Counts? {
        guard try isReusable(manifest), let documents = manifest.documents,
            var reader = try ManifestReader.opening(paths.manifest)
        else { return nil }
        let ledger = try JobLedger(path: "", job: id)
        try ledger.rememberFormer { try reader.next()?.known }
        try rememberInputs(in: ledger, settled: manifest.settled)
        return try takeOver(
            .init(
                documents: paths.documents, documentsLength: documents.bytes, outputLength: manifest.counts.outputBytes,
                model: manifest.modelDigest,
                profiles: manifest.profiles.map(\.profile)), ledger)
    }

    /// Whether an unfinished job with error rows can go on although its inputs have changed, because they were
    /// repaired. The list of inputs must be the same, and every document that has its row must be unchanged.
    func losesNothing(_ ledger: JobLedger, _ setup: JobSetup) throws -> Bool {
        let position = try ledger.position()
        guard !setup.isStaged, position.documentsFailed > 0, try hasSamePaths(ledger) else { return false }
        let copy = try JobLedger(path: "", job: id)
        var place = 0
        var page: ArraySlice<JobLedger.Input> = []
        try copy.rememberFormer {
            if page.isEmpty {
                page = try ledger.inputs(from: place, atMost: Self.candidatesAtOnce)[...]
                place += page.count
            }
            return page.popFirst()
        }
        try rememberInputs(in: copy)
        let counts = try takeOver(
            .init(
                documents: paths.stagedDocuments, documentsLength: position.documentsLength,
                outputLength: position.outputLength, model: model.digest, profiles: []), copy)
        return counts.changed == 0 && counts.gone == 0
    }

    private func hasSamePaths(_ ledger: JobLedger) throws -> Bool {
        var known = LedgerInputs(ledger)
        var cursor = InputFileCursor(job.inputs, toleratesMissing: true)
        while true {
            let (one, other) = (try known.next(), try cursor.next())
            guard let one, let other else { return one == nil && other == nil }
            guard one.asGiven.utf8.elementsEqual(other.asGiven.utf8) else { return false }
        }
    }
}
