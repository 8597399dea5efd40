import Coordination
import Jobs

/// What one process of the coordinator's daemon knows, and forgets when it ends.
final class CoordinatorNode {
    let epoch: UInt32
    var isPaused = false
    /// What waits for the paused process.
    var held: [Occurrence] = []
    /// Killed before the action after so many more.
    var actionsLeft: Int?

    // The thread of the coordinator

    var machine: Coordinator<ConnectionID>
    var nextTick: Instant?
    /// Events that follow from actions, after all of them were carried out.
    var following: [CoordinatorEvent<ConnectionID>] = []
    /// Documents that are open.
    var documents: Set<DocumentKey> = []
    /// Documents that each job's feed was asked for and has not opened.
    var wanted: [JobID: Int] = [:]
    /// When all that the storage was told has reached it.
    var toStorageIsFree = Instant()

    // The thread of the storage, and that of snapshots

    var jobs: [JobID: StoredJob] = [:]
    /// When all that the storage said has been heard.
    var fromStorageIsFree = Instant()
    /// When the disk has done what it was asked for.
    var diskIsFree = Instant()
    /// When the one writer of snapshots has done what it has in hand.
    var writerIsFree = Instant()
    /// What the disk was asked for and has not done.
    var operations: [DiskOperation] = []

    init(epoch: UInt32, _ policy: SnapshotPolicy) {
        self.epoch = epoch
        machine = Coordinator(epoch: epoch, snapshots: policy)
    }
}

/// A running job as the storage has it.
final class StoredJob {
    struct Reader {
        var next = 0
        /// Documents that the scheduler has asked for.
        var wanted = 0
        var isReading = false
    }

    let id: JobID
    var machine: JobMachine<PretendProgress>
    var reader = Reader()
    /// Documents that the reader passes over.
    let finishedBefore: OutputProgress
    /// How far the files go.
    var position: PretendLedger.Position
    /// How far they went at the last cut.
    var cut: (number: Int, position: PretendLedger.Position)?
    /// Tokens read of open documents.
    var tokensRead: [Int: Int] = [:]
    var nextTick: Instant?

    init(_ job: PretendJob, _ position: PretendLedger.Position, _ machine: JobMachine<PretendProgress>) {
        id = job.id
        self.position = position
        self.machine = machine
        finishedBefore = machine.output
    }
}

/// What the disk is asked for, and does in this order, late or never.
enum DiskOperation {
    /// Rows of a job, up to a cut.
    case synchronize(JobID, cut: Int, PretendLedger.Position)
    case commit(JobID, cut: Int, PretendLedger.Position)
    case removeFiles(DocumentKey, [ResumePoint])
    case synchronizeParts(DocumentKey, ArrivedSnapshot, PretendProgress, tokens: Int)
    case recordSnapshot(DocumentKey, PretendLedger.Snapshot, LeaseID)
    case removeSnapshot(DocumentKey, ResumePoint)
    case forgetSnapshots(DocumentKey, [ResumePoint])
}

/// What the coordinator's thread tells the storage.
enum StorageOrder {
    case begin(JobID)
    case openDocuments(JobID, Int)
    case grant(DocumentKey, LeaseID, WorkerID, profile: String, from: ResumePoint?)
    case step(DocumentKey, LeaseID, WorkerID, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case record(DocumentKey, StepOutput, tokensRead: Int)
    case keepSnapshot(DocumentKey, ArrivedSnapshot)
    case discardSnapshot(DocumentKey, ResumePoint)
    case restart(DocumentKey, from: ResumePoint?)
    case complete(DocumentKey)
    case fail(DocumentKey, Failure)
    case end(JobID)
}
