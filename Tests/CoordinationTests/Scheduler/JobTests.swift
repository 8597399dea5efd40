import Coordination
import Jobs
import Testing

/// Jobs from admission to their end, and how far ahead their inputs are read.
@Suite struct JobTests {
    @Test func aPlanFollowsFromTheJob() {
        var job = Job(task: .embed(EmbedOptions()), model: "/m", inputs: [], output: "/o", chunkTokens: 512)
        #expect(StepPlan(job) == StepPlan(chunkTokens: 512))
        job.task = .score(ScoreOptions())
        #expect(StepPlan(job) == StepPlan(chunkTokens: 512))
        job.task = .generate(GenerateOptions(maxTokens: 7, samples: 3))
        #expect(StepPlan(job) == StepPlan(chunkTokens: 512, generation: .init(samples: 3, maxTokens: 7)))
    }

    @Test func aJobWithoutDocumentsIsCompleteAtOnce() {
        let scheduler = DrivenScheduler()
        #expect(scheduler.admit() == [.openDocuments(.first, count: Limits.documentsAhead)])
        #expect(scheduler.tell(.inputsExhausted(.first)) == [.completeJob(.first)])
        #expect(scheduler.tell(.inputsExhausted(.first)) == [])
    }

    @Test func aJobIsCompleteOnceWhenItsLastDocumentIs() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a, credit: 4)
        for ordinal in [0, 2] {
            scheduler.open(ordinal, tokens: 5)
        }
        scheduler.tell(.documentRejected(.first(1)))
        #expect(scheduler.finish(.number(1), 0).contains(.completeJob(.first)) == false)
        #expect(scheduler.tell(.inputsExhausted(.first)).contains(.completeJob(.first)) == false)
        let end = scheduler.finish(.number(2), 0)
        #expect(
            end == [
                .record(.first(2), .number(2)), .completeDocument(.first(2)), .release(.a, .number(2)),
                .completeJob(.first),
            ])
        #expect(scheduler.finish(.number(2), 0) == [.countLate(.number(2))])
        #expect(scheduler.tell(.documentAbandoned(.first(2))) == [])
        #expect(scheduler.tell(.tick) == [])
    }

    @Test func anAbandonedDocumentMayBeTheLast() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.tell(.documentOpened(.first(0)))
        scheduler.tell(.inputsExhausted(.first))
        #expect(scheduler.tell(.documentAbandoned(.first(0))) == [.completeJob(.first)])
    }

    @Test func admittingAJobAgainChangesNothing() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        #expect(scheduler.admit(StepPlan(chunkTokens: 512)) == [])
        scheduler.open(0, tokens: 512)
        #expect(scheduler.join(.a).sent.first == .read(0..<256, isLast: false))
    }

    @Test func aStoppedJobReleasesWhatIsHeldAndIsNotCompleted() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.admit(as: .second)
        (0..<3).forEach { scheduler.open($0, tokens: 256 * 9) }
        scheduler.open(0, tokens: 5, of: .second)
        scheduler.join(.a, lanes: 2, credit: 4)
        let actions = scheduler.tell(.jobStopped(.first))
        #expect(
            actions.work == [
                .release(.a, .number(1)), .release(.a, .number(2)),
                .grant(.a, .number(3), .second(0), from: nil),
                .sendStep(.a, .number(3), .second(0), number: 0, .read(0..<5, isLast: true), wantsSnapshot: false),
            ])
        #expect(scheduler.finish(.number(1), 0).work == [.countLate(.number(1))])
        #expect(scheduler.tell(.jobStopped(.first)) == [])
    }

    @Test func whatTheInputsStillSayOfAStoppedJobIsIgnored() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a)
        scheduler.tell(.documentOpened(.first(0)))
        scheduler.tell(.jobStopped(.first))
        #expect(scheduler.tell(.tokensRead(.first(0), total: 5, isComplete: true)) == [])
        #expect(scheduler.open(1, tokens: 5) == [])
        #expect(scheduler.tell(.documentRejected(.first(2))) == [])
        #expect(scheduler.tell(.documentAbandoned(.first(0))) == [])
        #expect(scheduler.tell(.inputsExhausted(.first)) == [])
    }

    @Test func jobsAreDoneInTheOrderOfTheirAdmission() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.admit(as: .second)
        for ordinal in 0..<2 {
            scheduler.open(ordinal, tokens: 5, of: .second)
            scheduler.open(ordinal, tokens: 5)
        }
        // The second job's digest sorts before the first's.
        #expect(JobID.second < JobID.first)
        #expect(
            scheduler.join(.a, lanes: 4, credit: 4).granted == [.first(0), .first(1), .second(0), .second(1)])
    }

    @Test func aSecondJobIsReadWhenTheFirstHasNoMoreDocuments() {
        let scheduler = DrivenScheduler()
        let ahead = Limits.documentsAhead
        #expect(scheduler.admit() == [.openDocuments(.first, count: ahead)])
        #expect(scheduler.admit(as: .second) == [])
        scheduler.open(0, tokens: 5)
        #expect(scheduler.tell(.inputsExhausted(.first)) == [.openDocuments(.second, count: ahead - 1)])
    }

    @Test func aJobThatEveryoneRefusesKeepsNoOtherWaiting() {
        let scheduler = DrivenScheduler()
        let ahead = Limits.documentsAhead + 1
        scheduler.join(.a)
        #expect(scheduler.admit() == [.openDocuments(.first, count: ahead)])
        (0..<ahead).forEach { scheduler.open($0, tokens: 5) }
        #expect(scheduler.admit(as: .second) == [])
        #expect(
            scheduler.tell(.leaseRefused(.a, .number(1))).requests == [.openDocuments(.second, count: ahead)])
        #expect(scheduler.open(0, tokens: 5, of: .second).granted == [.second(0)])
        // Somebody who may be able to: the first job comes first again, and is open as far as it may be.
        let joining = scheduler.join(.b)
        #expect(joining.granted == [.first(0), .first(1)])
        #expect(joining.requests == [])
    }

    @Test func documentsAreAskedForInPortions() {
        let scheduler = DrivenScheduler()
        let (ahead, held) = (Limits.documentsAhead, 6)
        scheduler.join(.a, lanes: 3, credit: held)
        #expect(scheduler.admit() == [.openDocuments(.first, count: ahead + 3)])
        for ordinal in 0..<ahead + 3 {
            #expect(scheduler.open(ordinal, tokens: 5).requests == [])
        }
        let last = UInt32(ahead / 4 - held)
        for serial in 1..<last {
            #expect(scheduler.finish(.number(serial), 0).requests == [])
        }
        #expect(scheduler.finish(.number(last), 0).requests == [.openDocuments(.first, count: ahead / 4)])
    }

    @Test func rejectedDocumentsMakeRoomForOthers() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<Limits.documentsAhead / 4 - 1 {
            #expect(scheduler.tell(.documentRejected(.first(ordinal))) == [])
        }
        #expect(
            scheduler.tell(.documentRejected(.first(15)))
                == [.openDocuments(.first, count: Limits.documentsAhead / 4)])
    }

    @Test func moreLanesReadFartherAhead() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        #expect(scheduler.join(.a, lanes: 4, credit: 8).requests == [])
        #expect(scheduler.join(.b, lanes: 12, credit: 24).requests == [.openDocuments(.first, count: 16)])
        #expect(scheduler.tell(.workerLeft(.b)).requests == [])
        #expect(scheduler.join(WorkerID(3), lanes: 4, credit: 8).requests == [])
    }
}
