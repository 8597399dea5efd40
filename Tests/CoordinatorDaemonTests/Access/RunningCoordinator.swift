import Coordination
import CoordinatorDaemon
import Logging
import TestSupport
import Threads
import ZeroMQ

/// How long a test watches for what must not happen. Too short could only let a failure pass.
let glimpse = Duration.milliseconds(300)

/// The real daemon on a thread of this process, at a port of its own.
final class RunningCoordinator {
    let endpoint: String
    let allowList: CoordinatorDaemon.AllowListSwitch
    private let thread: OSThread
    private let stop: CoordinatorDaemon.StopSwitch

    init(access: Access = .everybody, snapshots: SnapshotPolicy = SnapshotPolicy()) throws {
        let started = try Mailbox<(String, CoordinatorDaemon.StopSwitch, CoordinatorDaemon.AllowListSwitch)>()
        thread = try OSThread(name: "coordinator") {
            let logger = Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() }
            let daemon = try? CoordinatorDaemon(
                bind: "tcp://127.0.0.1:*", access: access, stateDirectory: nil, snapshots: snapshots, logger: logger)
            if let daemon { started.post((daemon.endpoint, daemon.stopSwitch, daemon.allowListSwitch)) }
            started.close()
            try? daemon?.run()
        }
        guard let (endpoint, stop, allowList) = started.wait(timeout: patience) else { throw Silence.noCoordinator }
        (self.endpoint, self.stop, self.allowList) = (endpoint, stop, allowList)
    }

    deinit {
        stop.stop()
        thread.join()
    }
}

enum Silence: Error {
    case noCoordinator, noConnection, noAnswer
}

/// Keys of a coordinator and of whoever talks to it.
struct KeyRing {
    let server: Curve.KeyPair

    init() throws {
        server = try .generate()
    }

    func keys(of pair: Curve.KeyPair) -> ClientKeys { ClientKeys(pair, serverKey: server.publicKey) }

    func access(_ list: AllowList) -> Access { .keys(server.secretKey, list) }
}

extension AllowList {
    /// - Parameter lines: roles and keys; the name of the n-th is `user-n`.
    init(_ lines: [(roles: String, key: Curve.KeyPair)]) throws {
        let text = lines.enumerated().map { "\($1.roles) user-\($0) \($1.key.publicKey)\n" }.joined()
        try self.init(text, path: "allow")
    }
}

/// Somebody who says what no worker or client of this program would.
final class RawPeer {
    /// Runs as long as somebody talks to it.
    private let coordinator: RunningCoordinator
    private let socket: Socket

    /// - Parameter routingID: which it asks to be known by.
    init(_ coordinator: RunningCoordinator, _ keys: ClientKeys? = nil, routingID: String? = nil) throws {
        self.coordinator = coordinator
        var options = SocketOptions()
        options.curve = keys?.role
        options.linger = .zero
        options.routingID = routingID.map { Frame($0) }
        options.sendHighWaterMark = 1000
        options.receiveHighWaterMark = 1000
        socket = try Socket(.dealer, in: Context(), options: options)
        try socket.connect(to: coordinator.endpoint)
    }

    func isConnected(within limit: Duration = patience) throws -> Bool {
        var poller = Poller()
        _ = poller.add(socket, for: .writable)
        return try !poller.wait(timeout: limit).isEmpty
    }

    func say(_ message: PeerMessage) throws {
        try send(FrameCoding.frames(of: message))
    }

    func send(_ frames: [[UInt8]]) throws {
        while true {
            guard try isConnected() else { throw Silence.noConnection }
            if try socket.send(frames.map { Frame($0) }) == .sent { return }
        }
    }

    /// The next message from the coordinator.
    /// - Returns: `nil` when none comes within the time.
    func hear(within limit: Duration = patience) throws -> CoordinatorMessage? {
        var poller = Poller()
        _ = poller.add(socket)
        guard try !poller.wait(timeout: limit).isEmpty, let message = try socket.receive() else { return nil }
        return try FrameCoding.coordinatorMessage(from: message.frames.map(\.bytes))
    }

    /// The next refusal, past everything else.
    func refusal() throws -> CoordinatorMessage.Refused {
        while let message = try hear() {
            if case .refused(let refused) = message { return refused }
        }
        throw Silence.noAnswer
    }

    /// What answers a message that gets one answer.
    func ask(_ message: PeerMessage) throws -> CoordinatorMessage {
        try say(message)
        guard let answer = try hear() else { throw Silence.noAnswer }
        return answer
    }

    /// Asks how things stand until a condition is met.
    func status(where isMet: (ClusterStatus) -> Bool = { _ in true }) throws -> ClusterStatus {
        let deadline = ContinuousClock.now.advanced(by: patience)
        while ContinuousClock.now < deadline {
            if case .status(let status) = try ask(.status(.init())), isMet(status) { return status }
        }
        throw Silence.noAnswer
    }
}
