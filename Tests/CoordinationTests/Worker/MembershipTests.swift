import Coordination
import Testing

/// How a worker joins, stays, loses the coordinator and leaves.
@Suite struct MembershipTests {
    @Test func helloIsSaidEachSecondUntilTheWelcome() {
        let worker = DrivenWorker()
        for _ in 0..<3 {
            #expect(worker.nextDeadline == worker.now)
            #expect(worker.tell(.tick(progress: 0)) == [.send(.hello(.example()))])
            #expect(worker.tell(.tick(progress: 0)) == [])
            #expect(!worker.isJoined)
            worker.wait(Limits.heartbeatInterval)
        }
        #expect(worker.hear(.welcome) == [])
        #expect(worker.isJoined)
        #expect(worker.tell(.tick(progress: 9)) == [.send(.heartbeat(.init(progress: 9, isBusy: false)))])
    }

    @Test func heartbeatsCarryProgressAndWhetherALaneComputes() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.wait(Limits.heartbeatInterval)
        #expect(worker.nextDeadline == worker.now)
        #expect(worker.tell(.tick(progress: 5)) == [.send(.heartbeat(.init(progress: 5, isBusy: true)))])
        worker.hear(.heartbeat)
        worker.compute(.number(1), 0, lane: 0)
        worker.wait(Limits.heartbeatInterval - .nanoseconds(1))
        #expect(worker.tell(.tick(progress: 6)) == [])
        worker.wait(.nanoseconds(1))
        #expect(worker.tell(.tick(progress: 6)) == [.send(.heartbeat(.init(progress: 6, isBusy: false)))])
    }

    @Test func aSilentCoordinatorIsSoughtOnANewConnection() {
        let worker = DrivenWorker.joined(leases: [.number(1), .number(2)])
        worker.wait(Limits.coordinatorSilence - .nanoseconds(1))
        #expect(worker.tell(.tick(progress: 0)) == [.send(.heartbeat(.init(progress: 0, isBusy: false)))])
        worker.wait(.nanoseconds(1))
        #expect(worker.nextDeadline == worker.now)
        #expect(worker.tell(.tick(progress: 0)) == [.close(.number(1)), .close(.number(2)), .reconnect])
        #expect(!worker.isJoined)
        worker.wait(Limits.heartbeatInterval)
        #expect(worker.tell(.tick(progress: 0)) == [.send(.hello(.example(attempt: 1)))])
    }

    @Test func aWorkerThatWasStoppedForLongSaysHelloAtOnce() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.wait(.seconds(3600))
        #expect(
            worker.tell(.tick(progress: 0)) == [.close(.number(1)), .reconnect, .send(.hello(.example(attempt: 1)))])
    }

    @Test func anyMessageEndsTheSilence() {
        let messages: [CoordinatorMessage] = [
            .heartbeat, .lease(.example(.number(1))), .step(.example(.number(9), 0)), .release(.number(9)),
        ]
        for message in messages {
            let worker = DrivenWorker.joined()
            worker.wait(.seconds(4))
            worker.tell(.tick(progress: 0))
            worker.hear(message)
            worker.wait(.seconds(4))
            #expect(!worker.tell(.tick(progress: 0)).contains(.reconnect), "\(message)")
        }
    }

    @Test func aWorkerThatIsNotKnownStartsOver() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        #expect(worker.hear(.rejoin) == [.close(.number(1)), .send(.hello(.example(attempt: 1)))])
        #expect(!worker.isJoined)
        // What the lane was computing is of no use to anyone.
        #expect(worker.compute(.number(1), 0, lane: 0) == [])
        worker.hear(.welcome)
        #expect(worker.isJoined)
        #expect(worker.hear(.rejoin) == [.send(.hello(.example(attempt: 2)))])
    }

    @Test func severalAnswersToOneSilenceAreOneReasonToStartOver() {
        // Each heartbeat and result that a new coordinator does not know is answered.
        let worker = DrivenWorker.joined(leases: [.number(1)])
        #expect(worker.hear(.rejoin).contains(.send(.hello(.example(attempt: 1)))))
        #expect(worker.hear(.rejoin) == [])
        #expect(worker.hear(.rejoin) == [])
        worker.hear(.welcome)
        #expect(worker.isJoined)
    }

    @Test func aSecondWelcomeIsOfAnotherSession() {
        // Hello was said twice; what was said between was so late that the first session was given up meanwhile.
        let worker = DrivenWorker.joined(leases: [.number(1)])
        #expect(worker.hear(.welcome) == [.close(.number(1)), .send(.hello(.example(attempt: 1)))])
        #expect(worker.hear(.welcome) == [])
        #expect(worker.isJoined)
    }

    @Test func leasesOfAnEarlierSessionAreNotOpened() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.hear(.rejoin)
        #expect(worker.hear(.lease(.example(.number(2)))) == [])
        #expect(worker.hear(.step(.example(.number(2), 0))) == [])
        worker.hear(.welcome)
        #expect(worker.hear(.lease(.example(.number(3)))) == [.open(.example(.number(3)))])
    }

    @Test func aRefusedWorkerFailsAndDoesNothingMore() {
        let worker = DrivenWorker()
        worker.tell(.tick(progress: 0))
        let refused = CoordinatorMessage.Refused(
            failure: Failure(code: "version", message: "too old"), exitStatus: ExitStatus.badConfiguration)
        #expect(worker.hear(.refused(refused)) == [.fail(refused)])
        worker.wait(.seconds(60))
        #expect(worker.tell(.tick(progress: 0)) == [])
        #expect(worker.hear(.welcome) == [])
        #expect(!worker.isJoined)
        #expect(worker.tell(.stop) == [])
    }

    @Test(arguments: [true, false]) func aStoppedWorkerSaysGoodbye(isJoined: Bool) {
        let worker = isJoined ? DrivenWorker.joined(leases: [.number(1)]) : DrivenWorker()
        #expect(worker.tell(.stop) == [.send(.goodbye), .exit])
        #expect(worker.tell(.stop) == [])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [])
        worker.wait(.seconds(60))
        #expect(worker.tell(.tick(progress: 0)) == [])
    }
}
