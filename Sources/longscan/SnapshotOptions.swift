import ArgumentParser
import Coordination

/// The options for the interval of snapshots.
struct SnapshotOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Chunks between two snapshots of a document (LONGSCAN_SNAPSHOT_CHUNKS; by time alone).",
            valueName: "chunks"))
    var snapshotChunks: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds between two snapshots of a document; a lost worker's steps since are done again (10, or "
                + "more for states above 20 MB and for documents that share a lane; LONGSCAN_SNAPSHOT_SECONDS).",
            valueName: "seconds"))
    var snapshotSeconds: Double?

    /// - Throws: `CommandFailure`.
    var policy: SnapshotPolicy {
        get throws {
            let chunks = try snapshotChunks ?? Environment.value("LONGSCAN_SNAPSHOT_CHUNKS")
            let seconds = try snapshotSeconds ?? Environment.value("LONGSCAN_SNAPSHOT_SECONDS")
            if let chunks, chunks < 1 {
                throw CommandFailure("a snapshot every \(chunks) chunks is none: say 1 or more", ExitStatus.usage)
            }
            if let seconds, !(seconds >= 0 && seconds < 1e9) {
                throw CommandFailure("a snapshot every \(seconds) seconds is none: say 0 or more", ExitStatus.usage)
            }
            return SnapshotPolicy(steps: chunks, interval: seconds.map { .seconds($0) })
        }
    }

    /// The options for a child process.
    var arguments: [String] {
        (snapshotChunks.map { ["--snapshot-chunks", "\($0)"] } ?? [])
            + (snapshotSeconds.map { ["--snapshot-seconds", "\($0)"] } ?? [])
    }
}
