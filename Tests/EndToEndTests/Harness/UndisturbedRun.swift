import TestSupport

/// What a job leaves when nothing disturbs it, for tests that compare theirs with it.
struct UndisturbedRun: Sendable {
    let rows: [UInt8]
    /// Rows of the errors file; none where there is no such file.
    let errors: [UInt8]

    /// - Parameters:
    ///   - job: the job file.
    ///   - output: the name of its output, without `.jsonl`.
    ///   - status: that the run ends with.
    ///   - write: writes the job and what it needs.
    init(
        _ job: String = "job.yaml", output: String = "rows", status: Int32 = 0,
        write: (TemporaryDirectory) throws -> Void
    ) throws {
        let directory = try TemporaryDirectory()
        try write(directory)
        let ended = try Longscan.run(["run", job], in: directory.path)
        guard ended.status == status else {
            throw Failure("the undisturbed run ended with \(ended.status): \(ended.errors)")
        }
        rows = try directory.bytes(output + ".jsonl")
        let errors = output + ".errors.jsonl"
        self.errors = directory.exists(errors) ? try directory.bytes(errors) : []
    }
}
