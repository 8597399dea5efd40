package import Coordination

#if TEST_HOOKS
import FoundationEssentials
import Glibc
import Synchronization
#endif

/// The moments between a message and its answer at which a test kills the coordinator, as kill -9 does.
///
/// A build with `LONGSCAN_TEST_HOOKS` in its environment reads `LONGSCAN_CRASH_POINT=NAME:COUNT`. It dies when it
/// passes the named point (``names``) for the COUNT-th time. In any other build a crash point does nothing.
package enum CrashPoint: String, CaseIterable, Sendable {
    case messageReceived, eventStepped, messageSent
    /// The points of a job: its files are open, the ledger has it, its client has the answer.
    case jobOpened, jobAccepted, jobAnswered
    case appendingRows, rowsAppended
    case synchronizing, synchronized
    case committing, committed, aheadCut
    /// The points of a snapshot: its file is on the disk, the ledger has it.
    case snapshotOnDisk, snapshotRecorded
    case writingManifest, manifestWritten, workRemoved, jobForgotten

    /// The actions of the state machine, without their values.
    package enum Action: String, CaseIterable, Sendable {
        case record, keepSnapshot, discardSnapshot, completeDocument, failDocument, restartDocument
        case welcome, heartbeat, forget, grant, sendStep, deliver, release, count, refuse, rejoin
        case openDocuments, completeJob
    }

    /// The names of all points: those of this enumeration, and one before and one after each action.
    package static let names =
        allCases.map(\.rawValue) + Action.allCases.flatMap { ["before \($0.rawValue)", "after \($0.rawValue)"] }

    package static func pass(_ point: CrashPoint) {
        #if TEST_HOOKS
        count(point.rawValue)
        #endif
    }

    package static func pass<Peer>(before action: CoordinatorAction<Peer>) {
        #if TEST_HOOKS
        if let action = Action(action) { count("before \(action.rawValue)") }
        #endif
    }

    package static func pass<Peer>(after action: CoordinatorAction<Peer>) {
        #if TEST_HOOKS
        if let action = Action(action) { count("after \(action.rawValue)") }
        #endif
    }

    #if TEST_HOOKS
    private static let fatal: (name: Substring, count: Int)? = {
        let words = ProcessInfo.processInfo.environment["LONGSCAN_CRASH_POINT"]?.split(separator: ":") ?? []
        guard words.count == 2, let count = Int(words[1]) else { return nil }
        precondition(names.contains(String(words[0])), "\(words[0]) is no crash point")
        return (words[0], count)
    }()

    private static let passes = Mutex(0)

    private static func count(_ name: String) {
        guard let fatal, fatal.name == name else { return }
        let count = passes.withLock { passes in
            passes += 1
            return passes
        }
        if count == fatal.count { kill(getpid(), SIGKILL) }
    }
    #endif
}

extension CrashPoint.Action {
    /// - Returns: `nil` for an action that is only logged.
    init?<Peer>(_ action: CoordinatorAction<Peer>) {
        switch action {
        case .record: self = .record
        case .keepSnapshot: self = .keepSnapshot
        case .discardSnapshot: self = .discardSnapshot
        case .completeDocument: self = .completeDocument
        case .failDocument: self = .failDocument
        case .restartDocument: self = .restartDocument
        case .openDocuments: self = .openDocuments
        case .completeJob: self = .completeJob
        case .welcome: self = .welcome
        case .heartbeat: self = .heartbeat
        case .grant: self = .grant
        case .sendStep: self = .sendStep
        case .deliver: self = .deliver
        case .release: self = .release
        case .count: self = .count
        case .refuse: self = .refuse
        case .rejoin: self = .rejoin
        case .forget: self = .forget
        case .joined, .drains, .refused: return nil
        }
    }
}
