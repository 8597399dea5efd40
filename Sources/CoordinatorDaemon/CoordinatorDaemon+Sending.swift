import Coordination
import Logging
import ZeroMQ

/// Messages on their way out.
extension CoordinatorDaemon {
    /// An answer to a peer that is not a worker, or not yet. If it cannot be sent, the peer asks again.
    func reply(_ message: CoordinatorMessage, to peer: Frame) {
        do {
            _ = try socket.send([peer] + FrameCoding.frames(of: message).map { Frame($0) })
            CrashPoint.pass(.messageSent)
        } catch {
            logger.warning("cannot answer", metadata: ["reason": "\(error)"])
        }
    }

    func send(_ message: CoordinatorMessage, to id: WorkerID) {
        guard let worker = peers[id] else { return }
        let frames = [worker.routingID] + FrameCoding.frames(of: message).map { Frame($0) }
        peers.setOutbox(transmit(worker.outbox + [frames], to: worker), of: id)
        CrashPoint.pass(.messageSent)
    }

    func retryOutboxes() {
        for id in peers.withOutbox {
            if let worker = peers[id] { peers.setOutbox(transmit(worker.outbox, to: worker), of: id) }
        }
        stepOn()
    }

    /// Sends messages in their order while the socket takes them.
    /// - Returns: those that it did not take. A worker whose connection is gone is lost: it says hello on its next one.
    private func transmit(_ messages: [[Frame]], to worker: PeerTable.Worker) -> [[Frame]] {
        for (index, message) in messages.enumerated() {
            switch try? socket.send(message) {
            case .sent: continue
            case .wouldBlock: return Array(messages[index...])
            case .unreachable, nil:
                following.append(.workerLost(worker.id))
                return []
            }
        }
        return []
    }
}
