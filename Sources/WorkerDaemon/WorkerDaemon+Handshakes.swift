import Coordination
import Logging
import ZeroMQ

/// The handshakes of the connection, before a message can be sent.
extension WorkerDaemon {
    /// - Throws: ``Dismissal`` if the coordinator does not know this worker's key: libzmq does not try again, so the
    ///   worker ends. Other failures may pass.
    func watchHandshakes(_ monitor: borrowing SocketMonitor) throws {
        while let (event, _) = try monitor.receive() {
            switch event {
            case .refused(status: 400):
                let message = KeyDisagreement.unknownKey(endpoint, keys?.publicKey ?? "none")
                let failure = Failure(code: "not_allowed", message: message)
                throw Dismissal(refused: .init(failure: failure, reason: .notAllowed))
            case .refused, .handshakeFailed:
                hasHandshakeFailed = true
            case .connected, .accepted, .handshakeSucceeded, .disconnected:
                break
            }
        }
    }
}
