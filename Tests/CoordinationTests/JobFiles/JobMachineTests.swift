import Coordination
import Jobs
import Testing

/// What is decided of a job's files, answer by answer.
@Suite struct JobMachineTests {
    private let job = DrivenJob()

    private func point(_ steps: Int) -> ResumePoint { ResumePoint(steps: steps, tokens: steps) }
    private func key(_ ordinal: Int) -> DocumentKey { DocumentKey(job: DrivenJob.id, ordinal: ordinal) }

    @Test func rowsAreCommittedAQuarterOfASecondAfterTheFirst() {
        job.open(0..<2)
        #expect(job.machine.nextDeadline == nil)
        #expect(job.tell(.completed(0)).names == ["write 0 output"])
        job.wait(.milliseconds(200))
        job.tell(.completed(1))
        #expect(job.tell(.tick).isEmpty)
        #expect(job.machine.nextDeadline == job.now.advanced(by: .milliseconds(50)))
        job.wait(.milliseconds(50))
        #expect(job.tell(.tick).names == ["synchronize 1"])
        #expect(job.tell(.synchronized(cut: 1)).names == ["commit 1, none ahead"])
        #expect(job.tell(.committed(cut: 1)).names == ["cut ahead"])
        #expect(job.machine.isDurable)
    }

    /// What is written while a commit is under way has the next one, counted from its own first row.
    @Test func rowsThatComeDuringACommitHaveTheNext() {
        job.open(0..<2)
        job.tell(.completed(0))
        job.tell(.commit)
        job.wait(.seconds(3))
        job.tell(.completed(1))
        #expect(job.tell(.commit).isEmpty)
        job.tell(.synchronized(cut: 1))
        job.tell(.committed(cut: 1))
        #expect(!job.machine.isDurable)
        #expect(job.machine.nextDeadline == job.now.advanced(by: .milliseconds(250)))
    }

    @Test func rowsBeforeTheirTurnGoAheadAndMoveWhenItComes() {
        job.open(0..<4)
        #expect(job.tell(.completed(2)).names == ["write 2 ahead"])
        #expect(job.tell(.completed(1)).names == ["write 1 ahead"])
        #expect(job.tell(.completed(0)).names == ["write 0 output", "move 1..<3"])
        // Its turn has come, and those before it are still being moved.
        #expect(job.tell(.completed(3)).names == ["write 3 ahead"])
        #expect(job.tell(.moved(to: 2)).names == ["move 2..<4"])
        #expect(job.tell(.moved(to: 4)).isEmpty)
        #expect(job.machine.output == OutputProgress(nextOrdinal: 4))
    }

    /// Rows that went ahead after a cut are not in what it commits: their file stays.
    @Test func theFileOfRowsAheadIsNotCutUnderNewOnes() {
        job.open(0..<3)
        job.tell(.completed(0))
        job.tell(.commit)
        job.tell(.completed(2))
        #expect(job.tell(.synchronized(cut: 1)).names == ["commit 1, none ahead"])
        #expect(job.tell(.committed(cut: 1)).isEmpty)
    }

    @Test func aJobIsPublishedWhenItsRowsAreDurable() {
        job.open(0..<1)
        job.tell(.exhausted(documents: 1))
        job.tell(.completed(0))
        #expect(job.tell(.ended).names == ["synchronize 1"])
        #expect(job.tell(.synchronized(cut: 1)).names == ["commit 1, none ahead"])
        #expect(job.tell(.committed(cut: 1)).names == ["cut ahead", "publish"])
        #expect(job.tell(.ended).isEmpty)
    }

    @Test func aJobWithoutDocumentsIsPublishedAtOnce() {
        job.tell(.exhausted(documents: 0))
        #expect(job.tell(.ended).names == ["publish"])
    }

    @Test func filesOfADocumentGoWhenItsRowIsDurable() {
        job.open(0..<1)
        _ = job.snapshot(0, steps: 3)
        #expect(job.tell(.completed(0)).names == ["write 0 output"])
        job.tell(.commit)
        #expect(job.tell(.synchronized(cut: 1)).names == ["commit 1, none ahead"])
        #expect(job.tell(.committed(cut: 1)).names == ["cut ahead", "remove files 0 [3]"])
    }

    /// A document that ends during a commit is not in it.
    @Test func filesOfADocumentStayThroughACommitThatBeganBefore() {
        job.open(0..<2)
        _ = job.snapshot(1, steps: 3)
        job.tell(.completed(0))
        job.tell(.commit)
        job.tell(.completed(1))
        job.tell(.synchronized(cut: 1))
        #expect(job.tell(.committed(cut: 1)).names == ["cut ahead"])
        #expect(job.commit(2).names == ["cut ahead", "remove files 1 [3]"])
    }

    /// Rows that could not be written: the commit that keeps those before them lets their document's files be.
    @Test func filesOfADocumentStayWhoseRowsAreNotWritten() {
        job.open(0..<2)
        _ = job.snapshot(1, steps: 3)
        job.tell(.completed(0))
        job.writes = false
        #expect(job.tell(.completed(1)).names == ["write 1 output"])
        #expect(job.commit(1).names == ["cut ahead"])
        #expect(job.machine.status.documentsDone == 1)
        #expect(job.machine.snapshots[1].map(\.point) == [point(3)])
    }

    /// A discarded state takes no later one with it, and a start from one that is gone is a start from nothing.
    @Test func aLaterSnapshotStaysWhenOneBeforeItIsDiscarded() {
        job.open(0..<1)
        _ = job.snapshot(0, steps: 2)
        _ = job.snapshot(0, steps: 3)
        #expect(job.tell(.snapshotDiscarded(0, point(2))).names == ["forget snapshots 0 [2]"])
        #expect(job.tell(.restarted(0, from: point(3))).names == ["restart 0 3"])
        #expect(job.tell(.restarted(0, from: point(2))).names == ["restart 0 0"])
    }

    // MARK: - Snapshots

    @Test func aSnapshotCountsWhenItIsRecorded() {
        job.open(0..<1)
        #expect(job.snapshot(0, steps: 3).names == ["record snapshot 0 3"])
        #expect(
            job.tell(.snapshotRecorded(0, LeaseID(0), point(3))).names
                == [JobAction<Int>.tell(.snapshotWritten(key(0), point(3)))].names)
        _ = job.snapshot(0, steps: 4)
        #expect(job.snapshot(0, steps: 5).names == ["record snapshot 0 5", "forget snapshots 0 [3]"])
    }

    /// Its worker lost the document while it was on its way, at every place of the way.
    @Test(arguments: 0..<3) func aSnapshotOfAFormerHolderIsLost(answers: Int) {
        job.open(0..<1)
        let snapshot = ArrivedSnapshot(lease: LeaseID(0), point: point(3), sender: WorkerID(1), bytes: [])
        let way: [JobEvent<Int>] = [
            .documentSynchronized(0, snapshot, 3, tokens: 3), .snapshotWritten(0, LeaseID(0), point(3), .durable),
            .snapshotRecorded(0, LeaseID(0), point(3)),
        ]
        job.tell(.snapshotCame(0, snapshot))
        for answer in way.prefix(answers) { job.tell(answer) }
        let forgotten = answers == 2 ? ["forget snapshots 0 [3]"] : []
        #expect(job.tell(.restarted(0, from: nil)).names == ["restart 0 0"] + forgotten)
        job.tell(.granted(0, LeaseID(9), profile: "p"))
        let lost = [JobAction<Int>.tell(.snapshotLost(key(0), point(3)))].names
        #expect(job.tell(way[answers]).names == (answers == 1 ? ["remove snapshot 0 3"] : []) + lost)
    }

    /// What a snapshot needs of its document's files is not there: the one before it needs less.
    @Test func aDocumentOpensWithTheLastSnapshotThatItCan() {
        var book = SnapshotBook<Int>()
        for steps in [3, 5] {
            book.take(.init(point: point(steps), profile: "p", tokens: steps, progress: steps), of: 0)
        }
        let job = DrivenJob(snapshots: book)
        #expect(job.tell(.began(0, identity: ExactString("a"), recorded: nil, plan: nil)).names == ["open 0 5"])
        #expect(job.tell(.unopened(0, point(5))).names == ["forget snapshots 0 [5]", "open 0 3"])
        let opened = job.tell(.opened(0)).names
        let resumption = Resumption(profile: "p", points: [point(3)])
        #expect(opened == [JobAction<Int>.tell(.documentOpened(key(0), plan: nil, resumption: resumption))].names)
        #expect(job.machine.status.tokensResumed == 3)
    }

    /// An update has taken over the rows of all documents.
    @Test func rowsThatAreAllAheadMoveAtTheEnd() {
        let job = DrivenJob(output: OutputProgress(nextOrdinal: 0, ahead: RangeSet([0..<6])))
        job.tell(.exhausted(documents: 6))
        #expect(job.tell(.ended).names == ["move 0..<6"])
        #expect(job.tell(.moved(to: 6)).names == ["synchronize 1"])
    }

    // MARK: - Stops

    @Test func moreErrorsThanAllowedStopTheJob() {
        let job = DrivenJob(errorLimit: .count(1))
        let failure = Failure(code: "failed", message: "")
        job.tell(.rejected(0, failure))
        #expect(job.tell(.rejected(1, failure)).names.contains("stop tooManyErrors(2, last: Optional(1))"))
        // Nothing is decided any more, but what is finished can be kept.
        #expect(job.tell(.rejected(2, failure)).isEmpty)
        #expect(job.tell(.commit).names == ["synchronize 1"])
    }

    @Test func rowsThatAnUpdateTookOverAndNoDocumentStandsForStopTheJob() {
        let job = DrivenJob(output: OutputProgress(nextOrdinal: 0, ahead: RangeSet([4..<6])))
        job.open(0..<1)
        job.tell(.exhausted(documents: 1))
        job.tell(.completed(0))
        #expect(job.tell(.ended).names == ["stop inputsChanged"])
    }
}
