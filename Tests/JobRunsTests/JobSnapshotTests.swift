import Coordination
import Documents
import Foundation
import JobRuns
import Jobs
import TestSupport
import Testing

/// What is kept of documents under way, from one start of the coordinator to the next.
@Suite struct JobSnapshotTests {
    private let directory: TemporaryDirectory
    private let key = DocumentKey(job: StartedJob.id, ordinal: 0)
    private let task = Job.Task.score(ScoreOptions(per: .token))

    init() throws {
        directory = try TemporaryDirectory()
        let tokens = Array(repeating: "1", count: 1000).joined(separator: ",")
        try directory.write(#"{"id":"long","tokens":[\#(tokens)]}"#, to: "in.jsonl")
    }

    private func job() throws -> StartedJob { try StartedJob(in: directory, task: task) }

    /// Takes the results of steps, each of a chunk, and keeps the state after the last of them.
    private func compute(_ steps: Range<Int>, of job: StartedJob, _ lease: LeaseID) throws -> ResumePoint {
        for number in steps {
            let values = (0..<256).map { -Float(number * 256 + $0) }
            try job.run.record(
                StepOutput(tokenLogProbabilities: values, negativeLogLikelihood: Double(number)), of: 0,
                tokensRead: values.count)
        }
        let point = ResumePoint(steps: steps.upperBound, tokens: steps.upperBound * 256)
        let snapshot = try job.keepSnapshot(0, lease, point, [UInt8(steps.upperBound)])
        try DurableFile.replace(snapshot.path, with: snapshot.bytes.bytes)
        _ = job.news()
        try job.run.snapshotWritten(0, lease, point, .durable)
        #expect(job.news() == [.snapshotWritten(key, point)])
        return point
    }

    private func finish(_ job: StartedJob, from step: Int) throws -> String {
        for number in step..<4 {
            let count = min(256, 1000 - number * 256)
            let values = (0..<count).map { -Float(number * 256 + $0) }
            try job.run.record(
                StepOutput(tokenLogProbabilities: values, negativeLogLikelihood: 3), of: 0, tokensRead: count)
        }
        try job.run.complete(0)
        try job.run.finish()
        return try String(contentsOfFile: job.paths.output, encoding: .utf8)
    }

    private func undisturbed() throws -> String {
        let job = try job()
        try job.read()
        let row = try finish(job, from: 0)
        for path in [job.paths.output, job.paths.documents, job.paths.manifest] {
            try FileManager.default.removeItem(atPath: path)
        }
        return row
    }

    private func resumption(_ events: [SchedulerEvent]) -> Resumption? {
        for case .documentOpened(_, _, let resumption) in events { return resumption }
        return nil
    }

    @Test func aDocumentGoesOnWhereItsSnapshotWasTaken() throws {
        let expected = try undisturbed()
        let lease = LeaseID(7)
        var points: [ResumePoint] = []
        do {
            let job = try job()
            try job.read()
            // A later start may count its leases from one again.
            _ = try job.run.grant(lease, 0, profile: "p")
            points.append(try compute(0..<1, of: job, lease))
            points.append(try compute(1..<2, of: job, lease))
            points.append(try compute(2..<3, of: job, lease))
            // Recorded after the snapshot, and lost with the process.
            try job.run.record(StepOutput(tokenLogProbabilities: [7], negativeLogLikelihood: 9), of: 0, tokensRead: 1)
        }
        let job = try job()
        let resumption = try #require(resumption(try job.read()))
        #expect(resumption == Resumption(profile: "p", points: Array(points.suffix(2))))
        #expect(job.run.status.tokensResumed == 768)
        let grant = try #require(try job.run.grant(LeaseID(2), 0, profile: "p", from: points[2]))
        #expect(grant.snapshot == [3])
        #expect(grant.firstStep == 3)
        #expect(try finish(job, from: 3) == expected)
        #expect(!FileManager.default.fileExists(atPath: job.paths.work))
    }

    @Test func theSnapshotBeforeTakesThePlaceOfOneThatIsRefused() throws {
        let expected = try undisturbed()
        let job = try job()
        try job.read()
        _ = try job.run.grant(LeaseID(1), 0, profile: "p")
        let first = try compute(0..<1, of: job, LeaseID(1))
        let second = try compute(1..<3, of: job, LeaseID(1))
        try job.run.discardSnapshot(0, second)
        try job.run.restart(0, from: first)
        #expect(job.run.status.tokensRecomputed == 512)
        #expect(job.run.status.snapshotsRefused == 1)
        #expect(try finish(job, from: 1) == expected)
    }

    @Test func aSnapshotWithoutItsFilesIsPassedOver() throws {
        let expected = try undisturbed()
        var work = ""
        do {
            let job = try job()
            try job.read()
            _ = try job.run.grant(LeaseID(1), 0, profile: "p")
            _ = try compute(0..<2, of: job, LeaseID(1))
            work = job.paths.work
        }
        // What was recorded of the document is shorter than the ledger says.
        try FileManager.default.removeItem(atPath: work + "/document-0.logprobs")
        let job = try job()
        #expect(resumption(try job.read()) == nil)
        #expect(job.run.status.snapshotsRefused == 1)
        #expect(try finish(job, from: 0) == expected)
    }

    @Test func aSnapshotOfAnEarlierHolderIsNotRecorded() throws {
        let job = try job()
        try job.read()
        _ = try job.run.grant(LeaseID(1), 0, profile: "p")
        try job.run.record(StepOutput(tokenLogProbabilities: [0]), of: 0, tokensRead: 1)
        let point = ResumePoint(steps: 1, tokens: 256)
        let path = try job.keepSnapshot(0, LeaseID(1), point, [1]).path
        try DurableFile.replace(path, with: [1])
        _ = try job.run.grant(LeaseID(2), 0, profile: "p")
        _ = job.news()
        try job.run.snapshotWritten(0, LeaseID(1), point, .durable)
        #expect(job.news() == [.snapshotLost(key, point)])
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(job.run.status.snapshotsWritten == 0)
    }

    /// The ledger knows the newest lease, whoever asks.
    @Test func aResultOfAnEarlierLeaseIsRefusedWhereItWouldBeWritten() throws {
        let job = try job()
        try job.read()
        _ = try job.run.grant(LeaseID(5), 0, profile: "p")
        _ = try compute(0..<1, of: job, LeaseID(5))
        _ = try job.run.grant(LeaseID(4), 0, profile: "p")
        #expect(throws: (any Error).self) {
            _ = try compute(1..<2, of: job, LeaseID(4))
        }
    }
}
