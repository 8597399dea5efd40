import Coordination
import Documents
import JobRuns
import Jobs
import Ledger
import TestSupport

/// A document as it comes out of the workers.
struct FinishedDocument {
    let ordinal: Int
    let rows: String
    let isError: Bool

    var tokens: Int { isError ? 0 : ordinal + 1 }

    /// Documents of no, one and several rows of any length; some are more than a file hands out at once.
    static func random(count: Int, seed: UInt64, failing: Set<Int>? = nil) -> [FinishedDocument] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { ordinal in
            let lengths = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                Int.random(in: 0..<10, using: &generator) == 0 ? 70_000 : Int.random(in: 0..<50, using: &generator)
            }
            let isError = failing?.contains(ordinal) ?? (Int.random(in: 0..<4, using: &generator) == 0)
            let rows = lengths.map { "{\"of\":\(ordinal),\"x\":\"\(String(repeating: "x", count: $0))\"}\n" }
            return FinishedDocument(
                ordinal: ordinal, rows: isError ? "{\"error\":\(ordinal)}\n" : rows.joined(), isError: isError)
        }
    }
}

/// A job's ledger and output as a start of the coordinator opens them. Dropping it is a crash.
final class StartedOutput {
    let directory: TemporaryDirectory
    let paths: JobPaths
    let ledger: JobLedger
    let jobOutput: JobOutput
    private(set) var progress: OutputProgress

    init(in directory: TemporaryDirectory) throws {
        self.directory = directory
        paths = JobPaths(output: directory.path + "/rows.jsonl")
        try createDirectories(paths.work)
        ledger = try JobLedger(path: paths.ledger, job: JobID("job"))
        jobOutput = try JobOutput(paths: paths, ledger: ledger)
        progress = .init(nextOrdinal: jobOutput.position.nextOrdinal, ahead: try ledger.ordinalsAhead())
    }

    func finish(_ document: FinishedDocument) throws {
        let rows = Spool<UInt8>(path: paths.spool(document.ordinal, "rows"), memoryLimit: 4096)
        try rows.append(Array(document.rows.utf8))
        let place = progress.finish(document.ordinal)
        try jobOutput.write(
            .init(
                ordinal: document.ordinal, id: "id \(document.ordinal)", isError: document.isError,
                tokens: document.tokens, digest: String(repeating: "0", count: 64)),
            rows: rows, to: place)
        while let ordinals = progress.movable {
            var moved = 0
            progress.moved(to: try jobOutput.moveAhead(ordinals, &moved))
        }
    }

    func commit() throws {
        try jobOutput.synchronize()
        try jobOutput.commit(isAheadOver: progress.ahead.isEmpty)
        if progress.ahead.isEmpty { try jobOutput.cutAhead() }
    }
}
