import Coordination
import Logging
import ZeroMQ

/// What becomes of the connection before anything can be said on it.
extension WorkerDaemon {
    /// - Throws: ``Dismissal`` when the coordinator does not know this worker's key: libzmq takes that as final, and so
    ///   does whoever started the worker. Other failures may pass.
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
