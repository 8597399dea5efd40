import Coordination
import Jobs

/// What one process of the coordinator's daemon knows, and forgets when it ends.
final class CoordinatorNode {
    struct Reader {
        var next = 0
        /// Documents that the scheduler has asked for.
        var wanted = 0
        var isReading = false
    }

    struct OpenDocument {
        var tokensRead = 0
        var parts: [StepOutput] = []
        var lease: LeaseID?
        var profile = ""
    }

    let epoch: UInt32
    var machine: Coordinator<ConnectionID>
    var readers: [JobID: Reader] = [:]
    var documents: [DocumentKey: OpenDocument] = [:]
    var isPaused = false
    /// What waits for the paused process.
    var held: [Occurrence] = []
    var nextTick: Instant?
    /// Events that follow from actions, after all of them were carried out.
    var following: [CoordinatorEvent<ConnectionID>] = []
    /// When its one writer of snapshots has done what it has in hand.
    var writerIsFree = Instant()
    /// When its storage has read what it was asked for.
    var storageIsFree = Instant()
    /// Killed before the action after so many more.
    var actionsLeft: Int?

    init(epoch: UInt32, _ policy: SnapshotPolicy) {
        self.epoch = epoch
        machine = Coordinator(epoch: epoch, snapshots: policy)
    }
}
