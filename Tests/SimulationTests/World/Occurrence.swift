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
    /// The storage hears of what the coordinator decided.
    case storageHears(epoch: UInt32, StorageOrder)
    /// The coordinator hears of what the storage did.
    case storageTells(epoch: UInt32, CoordinatorEvent<ConnectionID>)
    case storageTick(epoch: UInt32, JobID)
    /// The disk does the next thing that it was asked for.
    case diskWorks(epoch: UInt32)
    case snapshotWritten(epoch: UInt32, DocumentKey, ArrivedSnapshot)
    case snapshotSynchronized(epoch: UInt32, DocumentKey, ArrivedSnapshot)
    case coordinatorStarts
    case coordinatorResumes(epoch: UInt32)

    case jobSubmitted(Int)
    case fault(Happening)
    /// From here on there are no more faults.
    case faultsEnd
}
