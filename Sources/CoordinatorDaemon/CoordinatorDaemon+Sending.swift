import Coordination
import JobRuns
import Logging
import ZeroMQ

/// The sending of messages.
extension CoordinatorDaemon {
    /// Answers a peer that is no worker yet, or is a client. If the answer cannot be sent, the peer asks again.
    func reply(_ message: CoordinatorMessage, to peer: Frame) {
        do {
            _ = try socket.send([peer] + FrameCoding.frames(of: message).map { Frame($0) })
            CrashPoint.pass(.messageSent)
        } catch {
            logger.warning("cannot answer", metadata: ["reason": "\(error)"])
        }
    }

    func send(_ message: CoordinatorMessage, to worker: WorkerAddress<Frame>) {
        let frames = [worker.connection] + FrameCoding.frames(of: message).map { Frame($0) }
        outboxes[worker.id] = transmit(outboxes[worker.id, default: []] + [frames], to: worker.id)
        CrashPoint.pass(.messageSent)
    }

    func retryOutboxes() {
        for (worker, messages) in outboxes { outboxes[worker] = transmit(messages, to: worker) }
        stepOn()
    }

    /// Sends messages in order, as long as the socket takes them.
    /// - Returns: the messages that the socket did not take; `nil` if it took all. A worker whose connection is gone is
    ///   lost, and says hello on its next connection.
    private func transmit(_ messages: [[Frame]], to worker: WorkerID) -> [[Frame]]? {
        for (index, message) in messages.enumerated() {
            switch try? socket.send(message) {
            case .sent: continue
            case .wouldBlock: return Array(messages[index...])
            case .unreachable, nil:
                following.append(.unreachable(worker))
                return nil
            }
        }
        return nil
    }
}
