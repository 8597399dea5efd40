import Coordination
import JobRuns
import Jobs
import Logging
import ZeroMQ

/// The arrivals: messages of workers and clients, and notices of other threads.
extension CoordinatorDaemon {
    func receiveMessages() throws {
        for _ in 0..<Self.messagesPerRound {
            do throws(ZeroMQError) {
                guard let message = try socket.receive() else { return }
                handle(message)
            } catch {
                guard error.code == .messageTooLong else { throw error }
                count(.tooManyFrames, "\(error)")
            }
        }
    }

    func handle(_ message: ReceivedMessage) {
        CrashPoint.pass(.messageReceived)
        let connection = tcpGate?.received(message)
        guard let peer = message.frames.first, let said = admitted(message, from: peer) else { return }
        handle(said, from: peer, user: message.userID)
        if case .hello = said, coordinator.worker(on: peer) != nil, let connection { tcpGate?.admit(connection) }
    }

    private func handle(_ message: PeerMessage, from peer: Frame, user: String?) {
        switch message {
        case .submit(let submission):
            if let problem = submission.job.problem {
                return refuse(.badJob, Self.refused("bad_job", problem, .badData), to: peer)
            }
            take(JobRequest(job: submission.job, client: peer.bytes, rerun: submission.rerun))
        case .status(let request):
            reply(.status(status(of: request.job)), to: peer)
        case .result(let result):
            if coordinator.worker(on: peer) == nil { jobs.countLate() }
            step(.said(message, by: peer, user: user, misfit: problem(of: result, from: peer)))
        case .hello, .heartbeat, .refusal, .drain, .handback, .goodbye:
            step(.said(message, by: peer, user: user))
        }
    }

    /// The reason why a result does not fit its step; `nil` if it fits, or changes nothing.
    private func problem(of result: StepResult, from peer: Frame) -> String? {
        guard let step = coordinator.awaitedStep(of: result, by: peer),
            let problem = jobs.problem(of: result, to: step)
        else { return nil }
        return "a result of document \(step.document) does not fit its step: \(problem)"
    }

    func handle(_ notice: Notice) {
        switch notice {
        case .stop:
            isStopping = true
        case .prepared(let request, let outcome):
            admit(request, outcome)
        case .stored(let reports):
            for report in reports { handle(report) }
        case .allow(let list):
            use(list)
        case .turnedAway(let refusal, let address):
            turnedAway(refusal, address)
        case .shutOut(let refusal):
            shutOut(refusal)
        }
    }
}
