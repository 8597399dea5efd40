import Foundation
import TestSupport
import Testing

/// Commands whose streams, or whose part of the machine, are used up: each ends with an error and its status, leaves no
/// process behind, and the same command without the shortage does the job.
@Suite struct ShortageTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try LongJob.write(to: directory)
    }

    /// Runs the program by a line of shell, in which `"$@"` stands for it and its arguments.
    private func start(_ arguments: [String], shell line: String) throws -> RunningProcess {
        try Longscan.start(arguments, in: directory.path, wrapper: ["/bin/bash", "-c", line, "shell"])
    }

    private func finish() throws {
        let ended = try Longscan.run(["run", "job.yaml", "--quiet"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(!directory.exists("rows.work"))
    }

    // MARK: - Streams

    @Test func aJobIsDoneAlthoughItsMessagesCannotBeWritten() throws {
        let ended = try start(["run", "job.yaml"], shell: "exec \"$@\" 2>/dev/full").ended()
        #expect(ended.status == 74)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
    }

    @Test(arguments: ["exec \"$@\" >/dev/full", "exec \"$@\" >&-"])
    func resultsThatCannotBeWrittenAreAnError(line: String) throws {
        let ended = try start(["model", Longscan.books], shell: line).ended()
        #expect(ended.status == 74)
        #expect(ended.errors.hasPrefix("longscan: cannot write to standard output: "))
    }

    @Test func aReaderThatHasGoneIsNoNews() throws {
        let line = "\"$@\" < texts.jsonl | true; exit ${PIPESTATUS[0]}"
        try directory.write(String(repeating: "{\"text\":\"Call me Ishmael.\"}\n", count: 20_000), to: "texts.jsonl")
        let ended = try start(["tokenize", Longscan.books], shell: line).ended()
        #expect(ended.status == 74 && ended.errors.isEmpty, "\(ended.errors)")
    }

    /// A pipe that is full and that nobody reads, open for reading in the program itself.
    @Test func progressThatNobodyReadsHoldsNothingUp() throws {
        let line = """
            mkfifo unread && exec 3<>unread && dd if=/dev/zero of=unread bs=65536 count=1 oflag=nonblock status=none
            exec "$@" 2>unread
            """
        let ended = try start(["run", "job.yaml", "--json"], shell: line).ended()
        // The last state is lost, and the rows are not.
        #expect(ended.status == 74)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
    }

    @Test func aDaemonGoesOnWithoutItsLog() throws {
        let line = "exec \"$@\" --bind tcp://127.0.0.1:* --ephemeral --print-endpoint 2>/dev/full"
        let coordinator = try start(["coordinator"], shell: line)
        let endpoint = try coordinator.output.line(containing: "tcp://").text
        let status = try Longscan.run(["status", "--coordinator", endpoint])
        #expect(status.status == 0, "\(status.errors)")
        coordinator.send(SIGTERM)
        #expect(try coordinator.ended().status == 0)
    }

    // MARK: - Limits of a process (setrlimit(2), bash's ulimit)

    @Test func anOutputLargerThanTheFileLimitIsAnError() throws {
        let ended = try start(["run", "job.yaml"], shell: "ulimit -f 1; exec \"$@\"").ended()
        #expect(ended.status == 74)
        #expect(ended.errors.contains("File too large") || ended.errors.contains("disk I/O error"), "\(ended.errors)")
        try finish()
    }

    /// From limits under which the program does not start to those under which some file or thread is missing.
    @Test(arguments: ["ulimit -n 12", "ulimit -n 20", "ulimit -n 26", "ulimit -v 150000", "ulimit -v 1048576"])
    func aShortageIsAnErrorAndLeavesNothingBehind(limit: String) throws {
        try leavesNothingBehind(start(["run", "job.yaml"], shell: "\(limit); exec \"$@\""))
    }

    /// From the first thread of each process on, and later ones.
    @Test(arguments: 0..<14) func missingThreadsAreAnErrorAndLeaveNothingBehind(given count: Int) throws {
        let process = try Longscan.start(
            ["run", "job.yaml"], in: directory.path, wrapper: ScarceThreads.wrapper(count))
        try leavesNothingBehind(process)
    }

    private func leavesNothingBehind(_ process: RunningProcess) throws {
        let ended = try process.ended()
        // 0: the job got by. 1 and 127: the loader of libraries, or the shell, had too little.
        #expect([0, 1, 70, 71, 73, 74, 75, 127].contains(ended.status), "\(ended.status): \(ended.errors)")
        #expect(ended.status == 0 || !ended.errors.isEmpty)
        #expect(process.children().isEmpty)
        try finish()
    }

    /// The C library ends a process that has no addresses left: there are enough of them, or it does not start.
    @Test(arguments: [256_000, 400_000, 1_000_000]) func aSmallAddressSpaceIsAnError(kilobytes: Int) throws {
        let ended = try start(["run", "job.yaml"], shell: "ulimit -v \(kilobytes); exec \"$@\"").ended()
        #expect(ended.status == 75)
        #expect(
            ended.errors.contains(",000 bytes of address space, and longscan needs 1,073,741,824"), "\(ended.errors)")
        let enough = try start(["model", Longscan.books], shell: "ulimit -v 1048576; exec \"$@\"").ended()
        #expect(enough.status == 0, "\(enough.errors)")
    }

    // MARK: - A coordinator that does not answer

    @Test func aRunWaitsForItsCoordinator() throws {
        let run = try LocalRun(in: directory)
        let process = try Longscan.start(["status", "--coordinator", run.endpoint])
        #expect(try process.ended().status == 0)
        run.process.send(SIGINT)
        _ = try run.process.ended()
        let again = try Longscan.start(["run", "job.yaml", "--lanes", "1", "--batch", "1"], in: directory.path)
        _ = try again.errors.line(containing: "documents")
        let coordinator = try #require(again.children(named: "coordinator").first)
        kill(coordinator, SIGSTOP)
        _ = try again.errors.line(containing: "the coordinator is busy: no answer for ")
        kill(coordinator, SIGCONT)
        let ended = try again.ended()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
    }

    /// The folder of the socket is the user's alone, and gone at the end.
    @Test func aRunListensForItsUserAlone() throws {
        let line = "TMPDIR=\(directory.path) XDG_RUNTIME_DIR= exec \"$@\""
        let run = try start(["run", "job.yaml", "--json", "--lanes", "1", "--batch", "1"], shell: line)
        _ = try run.errors.line(containing: "\"state\":\"running\"")
        let folders = { try FileManager.default.contentsOfDirectory(atPath: directory.path) }
        let folder = try #require(folders().first { $0.hasPrefix("longscan-") })
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path(folder))
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        run.send(SIGINT)
        #expect(try run.ended().status == 130)
        #expect(try !folders().contains(folder))
    }
}
