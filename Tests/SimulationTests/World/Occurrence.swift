import Coordination

/// What happens in a world, each at its time.
enum Occurrence {
    case arrivalAtCoordinator(ConnectionID)
    case arrivalAtWorker(ConnectionID)
    /// A message that was delivered already, once more.
    case doubledAtCoordinator(ConnectionID, PeerMessage)
    case doubledAtWorker(ConnectionID, CoordinatorMessage)

    case workerTick(place: Int, life: Int)
    case laneDone(place: Int, life: Int, lane: Int, LeaseID, number: Int, ComputedStep)
    case workerConnects(place: Int, life: Int)
    case workerStarts(place: Int)
    case workerResumes(place: Int, life: Int)

    case coordinatorTick(epoch: UInt32)
    case inputsRead(epoch: UInt32, JobID)
    case documentRead(epoch: UInt32, DocumentKey)
    /// What was asked of the disk has been read.
    case storageAnswers(epoch: UInt32, CoordinatorEvent<ConnectionID>)
    case snapshotWritten(epoch: UInt32, PendingSnapshot, [UInt8])
    case snapshotSynchronized(epoch: UInt32, PendingSnapshot)
    case coordinatorStarts
    case coordinatorResumes(epoch: UInt32)

    case jobSubmitted(Int)
    case fault(Happening)
    /// From here on there are no more faults.
    case faultsEnd
}

/// A snapshot on its way to the disk and to the ledger.
struct PendingSnapshot {
    var document: DocumentKey
    var lease: LeaseID
    var record: PretendLedger.Snapshot
}
