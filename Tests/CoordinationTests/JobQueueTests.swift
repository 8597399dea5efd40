import Coordination
import Testing

@Suite struct JobQueueTests {
    private var queue = JobQueue()
    private let away = CoordinatorMessage.Refused(
        failure: Failure(code: "no_input", message: "it is away"), reason: .noInput)

    private func job(_ number: Int) -> JobID { JobID("job \(number)") }

    private func seconds(_ seconds: Int) -> Instant { Instant(sinceStart: .seconds(seconds)) }

    @Test mutating func jobsArePreparedInTheirOrderAndSomeAtATime() {
        for number in 0..<3 { queue.add(job(number)) }
        #expect(queue.next(running: 0, at: seconds(0)) == job(0))
        #expect(queue.next(running: 0, at: seconds(0)) == job(1))
        #expect(Limits.preparingJobs == 2 && queue.next(running: 0, at: seconds(0)) == nil)
        // The second is ready first, and keeps its place.
        #expect(queue.prepared(job(1), problem: nil, running: 0, at: seconds(0)) == .run(place: 1))
        #expect(queue.next(running: 1, at: seconds(0)) == job(2))
        #expect(queue.prepared(job(0), problem: nil, running: 1, at: seconds(0)) == .run(place: 0))
    }

    @Test mutating func aJobThatWasNeverAcceptedIsRefused() {
        queue.add(job(0))
        _ = queue.next(running: 0, at: seconds(0))
        #expect(queue.prepared(job(0), problem: away, running: 0, at: seconds(0)) == .refuse(away))
        #expect(queue.all.isEmpty)
    }

    @Test mutating func anAcceptedJobStaysWithItsReasonAndIsTriedAgainWithGrowingPauses() {
        queue.add(job(0), isAccepted: true)
        var now = 0
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(queue.next(running: 0, at: seconds(now)) == job(0))
            #expect(queue.prepared(job(0), problem: away, running: 0, at: seconds(now)) == .retry(away))
            #expect(queue[job(0)]?.problem == away && queue[job(0)]?.waitsForItsTurn == false)
            now += pause
            #expect(queue.deadline(running: 0) == seconds(now))
            #expect(queue.next(running: 0, at: seconds(now - 1)) == nil)
        }
        #expect(queue.next(running: 0, at: seconds(now)) == job(0))
        #expect(queue.prepared(job(0), problem: nil, running: 0, at: seconds(now)) == .run(place: 0))
    }

    @Test mutating func aJobThatIsAwayIsTriedAtOnceWhenItIsHandedInAgain() {
        queue.add(job(0), isAccepted: true)
        _ = queue.next(running: 0, at: seconds(0))
        _ = queue.prepared(job(0), problem: away, running: 0, at: seconds(0))
        queue.add(job(0))
        #expect(queue.next(running: 0, at: seconds(0)) == job(0))
    }

    @Test mutating func aJobWaitsWhileAsManyRunAsMay() {
        queue.add(job(0))
        // It is looked at all the same: its client waits for an answer.
        #expect(queue.next(running: Limits.runningJobs, at: seconds(0)) == job(0))
        #expect(queue.prepared(job(0), problem: nil, running: Limits.runningJobs, at: seconds(0)) == .wait)
        #expect(queue[job(0)]?.isAccepted == true && queue[job(0)]?.waitsForItsTurn == true)
        #expect(queue.next(running: Limits.runningJobs, at: seconds(5)) == nil)
        #expect(queue.next(running: Limits.runningJobs - 1, at: seconds(5)) == job(0))
        #expect(queue.prepared(job(0), problem: nil, running: Limits.runningJobs - 1, at: seconds(5)) == .run(place: 0))
    }

    @Test mutating func jobsOfAnEarlierStartComeBeforeNewOnes() {
        queue.add(job(7), isAccepted: true)
        queue.add(job(3), isAccepted: true)
        queue.add(job(1))
        #expect(queue.all.map(\.id) == [job(7), job(3), job(1)])
        #expect(queue.all.map(\.place) == [0, 1, 2])
    }

    @Test mutating func theQueueHasAnEnd() {
        for number in 0..<Limits.waitingJobs {
            #expect(!queue.isFull)
            queue.add(job(number))
        }
        #expect(queue.isFull)
        queue.remove(job(5))
        #expect(!queue.isFull)
    }
}
