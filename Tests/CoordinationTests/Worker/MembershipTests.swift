import Coordination
import Jobs
import Testing

/// How a worker joins, stays, loses the coordinator and leaves.
@Suite struct MembershipTests {
    @Test func helloIsSaidEachSecondUntilTheWelcome() {
        let worker = DrivenWorker()
        for _ in 0..<3 {
            #expect(worker.nextDeadline == worker.now)
            #expect(worker.tell(.tick(progress: [])) == [.send(.hello(.example()))])
            #expect(worker.tell(.tick(progress: [])) == [])
            #expect(!worker.isJoined)
            worker.wait(Limits.heartbeatInterval)
        }
        #expect(worker.hear(.welcome) == [])
        #expect(worker.isJoined)
        #expect(worker.tell(.tick(progress: [9, 9])) == [.send(.heartbeat(.init(progress: [nil, nil])))])
    }

    @Test func heartbeatsCarryProgressAndWhetherALaneComputes() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.wait(Limits.heartbeatInterval)
        #expect(worker.nextDeadline == worker.now)
        #expect(worker.tell(.tick(progress: [5, 3])) == [.send(.heartbeat(.init(progress: [5, nil])))])
        worker.hear(.heartbeat)
        worker.compute(.number(1), 0, lane: 0)
        worker.wait(Limits.heartbeatInterval - .nanoseconds(1))
        #expect(worker.tell(.tick(progress: [6, 3])) == [])
        worker.wait(.nanoseconds(1))
        #expect(worker.tell(.tick(progress: [6, 3])) == [.send(.heartbeat(.init(progress: [nil, nil])))])
    }

    @Test func aSilentCoordinatorIsSoughtOnANewConnection() {
        let worker = DrivenWorker.joined(leases: [.number(1), .number(2)])
        worker.wait(Limits.coordinatorSilence - .nanoseconds(1))
        #expect(worker.tell(.tick(progress: [])) == [.send(.heartbeat(.init(progress: [nil, nil])))])
        worker.wait(.nanoseconds(1))
        #expect(worker.nextDeadline == worker.now)
        #expect(worker.tell(.tick(progress: [])) == [.close(.number(1)), .close(.number(2)), .reconnect])
        #expect(!worker.isJoined)
        worker.wait(Limits.heartbeatInterval)
        #expect(worker.tell(.tick(progress: [])) == [.send(.hello(.example(attempt: 1)))])
    }

    @Test func aWorkerThatWasStoppedForLongSaysHelloAtOnce() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.wait(.seconds(3600))
        #expect(
            worker.tell(.tick(progress: [])) == [.close(.number(1)), .reconnect, .send(.hello(.example(attempt: 1)))])
    }

    @Test func anyMessageEndsTheSilence() {
        let messages: [CoordinatorMessage] = [
            .heartbeat, .lease(.example(.number(1))), .step(.example(.number(9), 0)), .release(.number(9)),
        ]
        for message in messages {
            let worker = DrivenWorker.joined()
            worker.wait(.seconds(4))
            worker.tell(.tick(progress: []))
            worker.hear(message)
            worker.wait(.seconds(4))
            #expect(!worker.tell(.tick(progress: [])).contains(.reconnect), "\(message)")
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
        worker.tell(.tick(progress: []))
        let refused = CoordinatorMessage.Refused(
            failure: Failure(code: "version", message: "too old"), reason: .badConfiguration)
        #expect(worker.hear(.refused(refused)) == [.fail(refused)])
        worker.wait(.seconds(60))
        #expect(worker.tell(.tick(progress: [])) == [])
        #expect(worker.hear(.welcome) == [])
        #expect(!worker.isJoined)
        #expect(worker.tell(.stop) == [])
    }

    @Test(arguments: [true, false]) func aStoppedWorkerWithoutLeasesSaysGoodbye(isJoined: Bool) {
        let worker = isJoined ? DrivenWorker.joined() : DrivenWorker()
        #expect(worker.tell(.stop) == (isJoined ? [.send(.drain)] : []) + [.send(.goodbye), .exit])
        #expect(worker.tell(.stop) == [])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [])
        worker.wait(.seconds(60))
        #expect(worker.tell(.tick(progress: [])) == [])
    }

    @Test func aStoppedWorkerEndsItsStepsAndGivesItsLeasesBack() {
        let worker = DrivenWorker.joined(lanes: 1, leases: [.number(1), .number(2)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.step(.example(.number(1), 1)))
        worker.hear(.step(.example(.number(2), 0)))
        // What no lane computes goes back at once, what waits behind a step is dropped.
        #expect(worker.tell(.stop) == [.send(.drain), .handBack(.number(2), nextStep: 0), .endGenerating])
        #expect(worker.tell(.stop) == [])
        #expect(worker.hear(.release(.number(2))) == [.close(.number(2))])
        #expect(worker.hear(.step(.example(.number(1), 2))) == [])
        #expect(
            worker.compute(.number(1), 0, lane: 0)
                == [.result(.number(1), 0), .handBack(.number(1), nextStep: 1)])
        // A lease that was on its way.
        let late = LeaseGrant.example(.number(3))
        #expect(worker.hear(.lease(late)) == [.open(late), .handBack(.number(3), nextStep: 0)])
        #expect(worker.hear(.release(.number(1))) == [.close(.number(1))])
        #expect(worker.hear(.release(.number(3))) == [.close(.number(3)), .send(.goodbye), .exit])
    }

    @Test func aStoppedWorkerDoesNotWaitForACoordinatorThatIsGone() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.tell(.stop)
        worker.wait(Limits.coordinatorSilence)
        #expect(worker.tell(.tick(progress: [0, 0])).suffix(2) == [.send(.goodbye), .exit])
    }

    @Test func aWorkerWhoseLaneDoesNotGetOnGivesUp() {
        let worker = DrivenWorker.joined(leases: [.number(1), .number(2)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.step(.example(.number(2), 0)))
        worker.tell(.tick(progress: [7, 0]))
        for second in 1..<Int(Limits.laneSilence.components.seconds) {
            worker.wait(.seconds(1))
            worker.hear(.heartbeat)
            #expect(!worker.tell(.tick(progress: [7, UInt64(second)])).contains(.giveUp(lane: 0)))
        }
        worker.wait(.seconds(1))
        worker.hear(.heartbeat)
        #expect(worker.tell(.tick(progress: [7, 1000])) == [.giveUp(lane: 0)])
    }

    @Test func aLeaseMayBeginInTheMiddleOfItsDocument() {
        let worker = DrivenWorker.joined()
        var grant = LeaseGrant.example(.number(1))
        grant.firstStep = 5
        grant.snapshot = [1, 2, 3]
        #expect(worker.hear(.lease(grant)) == [.open(grant)])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [])
        let step = Step(lease: .number(1), number: 5, work: .read(tokens: [1], isLast: true), wantsSnapshot: true)
        #expect(worker.hear(.step(step)) == [.compute(lane: 0, step)])
        let failure = Failure(code: "snapshot", message: "its checksum is another one")
        #expect(
            worker.compute(.number(1), 5, lane: 0, .unreadableSnapshot(failure))
                == [
                    .send(.refusal(.init(lease: .number(1), subject: .snapshot, failure: failure))),
                    .close(.number(1)),
                ])
    }
}
