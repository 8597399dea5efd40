import Coordination
import JobRuns
import Logging
import Threads
import ZeroMQ

/// The control of access: who is let in, and how messages are refused.
extension CoordinatorDaemon {
    /// A switch that replaces the allow-list of a coordinator with keys, from any thread.
    public struct AllowListSwitch: Sendable {
        let notices: Mailbox<Notice>

        public func use(_ list: AllowList) {
            notices.post(.allow(list))
        }
    }

    public var allowListSwitch: AllowListSwitch { AllowListSwitch(notices: notices) }

    /// The message, if its sender may send it. Any other message is counted and answered here.
    func admitted(_ message: ReceivedMessage, from peer: Frame) -> PeerMessage? {
        let roles = gate.roles(of: message.userID)
        guard !roles.isEmpty else {
            refuse(.notAllowed, notAllowed(message.userID), to: peer)
            return nil
        }
        do throws(FrameCoding.DecodingError) {
            let said = try FrameCoding.peerMessage(
                from: message.frames.dropFirst().map { FrameBytes(count: $0.count, read: $0.prefix) })
            guard roles.contains(said.role) else {
                let has = roles.map(\.rawValue).sorted().joined(separator: ",")
                let text =
                    "\(gate.name(of: message.userID)) may not \(said.role.summary): the coordinator's list (--allow) "
                    + "has its key as \(has); worker,client may do both"
                refuse(.wrongRole, Self.refused("wrong_role", text, .notAllowed), to: peer)
                return nil
            }
            // A routing id proves nothing: when its connection has ended, any admitted peer may claim it.
            if let worker = coordinator.worker(on: peer), worker.user != message.userID { step(.barred(worker.id)) }
            return said
        } catch {
            refuse(.malformed, Self.refused("protocol", "\(error)", .badMessage), to: peer)
            return nil
        }
    }

    static func refused(_ code: String, _ message: String, _ reason: RefusalReason) -> CoordinatorMessage.Refused {
        .init(failure: Failure(code: code, message: message), reason: reason)
    }

    /// Counts, logs and answers a message that is refused.
    func refuse(_ reason: RefusalCounts.Reason, _ refused: CoordinatorMessage.Refused, to peer: Frame) {
        count(reason, "\(refused.failure)")
        reply(.refused(refused), to: peer)
    }

    func count(_ reason: RefusalCounts.Reason, _ detail: @autoclosure () -> String) {
        guard refusals.count(reason) else { return }
        logger.log(
            level: RefusalCounts.isOrdinary(reason) ? .debug : .warning, "refused",
            metadata: ["reason": "\(reason.rawValue)", "count": "\(refusals[reason])", "what": "\(detail())"])
    }

    /// Takes a new allow-list. Workers that are no longer on it lose their leases.
    func use(_ list: AllowList) {
        // A coordinator without keys has no list to replace.
        guard let authenticator else { return }
        gate.use(list)
        authenticator.allow(Gate.userIDs(list))
        logger.info("the allow-list was read", metadata: ["keys": "\(list.entries.count)"])
        for worker in coordinator.workers where !gate.roles(of: worker.user).contains(.worker) {
            step(.barred(worker.id))
            refuse(.notAllowed, notAllowed(worker.user), to: worker.connection)
        }
    }

    /// Counts connections that end before a key could be checked.
    func countFailedHandshakes(_ monitor: borrowing SocketMonitor) throws(ZeroMQError) {
        while let (event, _) = try monitor.receive() {
            // The gate, if there is one, counts the connections that it lets through.
            if event == .handshakeFailed, tcpGate == nil { count(.handshake, Self.failedHandshake) }
        }
    }

    private static let failedHandshake = "the peer does not speak this protocol, or has other keys"

    func turnedAway(_ refusal: Authenticator.Refusal, _ address: String) {
        let reason = refusal.reason == .unknownKey ? RefusalCounts.Reason.unknownKey : .handshake
        let key = refusal.publicKey.map { " \($0)" } ?? ""
        count(reason, "\(refusal.reason.rawValue)\(key) from \(address)")
    }

    /// Counts a connection that the gate has ended.
    func shutOut(_ refusal: TCPGate.Refusal) {
        switch refusal.reason {
        case .handshake: count(.handshake, "\(Self.failedHandshake), from \(refusal.address)")
        case .crowded: count(.tooManyConnections, "too many connections at a time, from \(refusal.address)")
        case .unfinishedMessage: count(.unfinishedMessage, "a message without an end, from \(refusal.address)")
        }
    }

    private func notAllowed(_ user: String?) -> CoordinatorMessage.Refused {
        Self.refused(
            "not_allowed", "the coordinator does not allow this key here: \(gate.name(of: user))",
            .notAllowed)
    }
}
