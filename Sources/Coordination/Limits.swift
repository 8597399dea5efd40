internal import Jobs

/// The limits of the protocol, each with its reason.
public enum Limits {
    /// The time between two heartbeats of a worker. Its other messages count as signs of life too (ZeroMQ guide,
    /// chapter 4, "heartbeats").
    public static let heartbeatInterval = Duration.seconds(1)
    /// The silence after which a worker counts as lost: three and a half heartbeats. One lost heartbeat is no reason to
    /// start its documents again, and a killed worker must be noticed within five seconds.
    public static let workerSilence = Duration.milliseconds(3500)
    /// The silence after which a connection is made anew. Even ZeroMQ's own thread has not answered a ping, so the host
    /// is dead or the line is cut.
    public static let connectionSilence = Duration.seconds(5)
    /// The silence of the coordinator after which a worker says hello again on a new connection. The coordinator's
    /// connections may live while it waits for a slow disk: then its workers wait with it. The limit is longer than
    /// ``workerSilence``: the coordinator has freed the leases before it hears of the worker again.
    public static let coordinatorSilence = Duration.seconds(10)
    /// The steps that a lane has in hand: it computes one while the next arrives.
    public static let stepsPerLane = 2
    /// The most lanes in a hello. A larger number is not from our workers: 4,096 lanes are more than a machine has
    /// cores.
    public static let lanesPerWorker = 4096
    /// The default batch: the documents that a lane works on side by side. A pass over the weights brings each of them
    /// a token. A batch of 32 reaches most of what a core can do, and a larger one makes each document slower.
    public static let documentsPerLane = 32
    /// Documents that a worker holds, whatever it says of its lanes: what the coordinator has of each is in memory.
    public static let documentsPerWorker = 4096
    /// The most documents that one pass over the weights serves.
    public static let largestBatch = Job.blockTokens
    /// The most tokens that a hello may name for one pass over the weights.
    public static let largestPass = 1 << 16
    /// The passes over the weights for which a lane has tokens in hand when steps are short. On a CPU a pass reads one
    /// block, so this is a default chunk of long documents.
    public static let passesPerLane = 8
    /// The passes over the weights that a busy lane is given at a time. The rest of ``passesPerLane`` goes to the lane
    /// that is free first.
    public static let passesTogether = 2
    /// The default memory for the states of a worker's documents, beyond one document a lane, in bytes. A small machine
    /// can spare this beside the model.
    public static let stateBytesPerWorker = 2 << 30
    /// The documents that are read ahead, beyond those that the workers hold. They keep the lanes full of short
    /// documents, and take little memory.
    public static let documentsAhead = 64
    /// The silence after which a job's inputs no longer hold up other jobs. Nobody may write to a pipe, and a disk may
    /// not answer. Reading a document's first tokens takes milliseconds.
    public static let inputSilence = Duration.seconds(1)
    /// The most tokens that one step generates. A dead worker costs this work again, and a draining worker ends it
    /// first. The larger models need a few seconds for it; the round trip between two steps takes a millisecond.
    public static let generatedTokensPerStep = 256
    /// The time without progress after which a computing lane counts as stuck and its worker as lost. Opening a model
    /// is the longest work without progress: reading 10 GB takes a minute.
    public static let laneSilence = Duration.seconds(180)
    /// The time that a document with a snapshot waits for a worker of its profile. Then it starts again on another
    /// profile.
    public static let profilePatience = Duration.seconds(60)
    /// The number of workers lost in a row at one step that makes the document an error row. One loss is an accident,
    /// and the third worker had no other document.
    public static let workersLostPerStep = 3
    /// The time between the last of ``workersLostPerStep`` losses and the error row. If a worker comes back in this
    /// time, it was only cut off or stopped, and the document is not the reason.
    public static let returnPatience = Duration.seconds(30)
    /// The factor by which an idle worker must be faster to take a document from a slow one.
    public static let takeoverFactor = 3.0
    /// The time that an idle worker must save, beyond ``takeoverFactor``, to take a document from a slow one. The state
    /// has to travel, and the work since the snapshot is done again.
    public static let takeoverMargin = Duration.seconds(10)
    /// The most bytes of messages for the steps of one worker: more than two of the largest states.
    public static let bytesInFlightPerWorker = 512 << 20
    /// The most bytes of all messages under way and all snapshots being written, which the coordinator may have to
    /// hold. Above it, a worker gets a further step only when it has none, and no snapshot is asked for.
    public static let bytesInFlight = 1 << 30
    /// The most bytes of one message. The largest message is a snapshot: 344 MB for mamba2-2.7b between two samples. A
    /// longer message ends its connection, so nobody sends one.
    public static let messageBytes = 640 << 20
    /// The most bytes of a submitted job: tens of thousands of inputs by name. A pattern or a directory names more.
    public static let submissionBytes = 4 << 20
    /// The most bytes of the header of a worker's or client's message of any other kind: names, numbers, and reasons of
    /// failures.
    public static let headerBytes = 64 << 10
    /// The most bytes of a heartbeat's header: one number for each of ``lanesPerWorker``.
    public static let heartbeatBytes = 128 << 10
    /// The most bytes of a result's header: ``headerBytes``, and a place for each of ``embeddingsPerStep``.
    public static let resultHeaderBytes = 128 << 10
    /// The most bytes of a step's result without its snapshot. Steps are cut to it, whatever a job's chunks are. A step
    /// of one block may bring more.
    public static let resultBytes = 64 << 20
    /// The most embeddings of one step. Each takes 60 bytes in the result's header.
    public static let embeddingsPerStep = 512
    /// The most bytes of a snapshot. The result that brings it has room beside it.
    public static let snapshotBytes = messageBytes - 2 * resultBytes
    /// The most frames of one message: three, and the arrays of a result.
    public static let framesPerMessage = 64
    /// The largest count in a message. No document or cluster reaches it. Sums and products with configured numbers do
    /// not overflow, and JSON numbers are exact up to it (RFC 8259, section 6).
    public static let largestCount = 1 << 48

    // MARK: - Jobs

    /// The most jobs that run side by side. Each has a thread that reads its inputs, and about a dozen file
    /// descriptors. More jobs would not give the workers work any sooner.
    public static let runningJobs = 32
    /// The most submitted jobs that do not run yet. Each takes some kilobytes.
    public static let waitingJobs = 2000
    /// The most jobs that are prepared at a time: reading a model's files keeps a disk busy.
    public static let preparingJobs = 2
    /// The first pause before a job whose model, inputs or output cannot be reached is tried again. Each further pause
    /// is twice as long.
    public static let firstRetryPause = Duration.seconds(1)
    /// The longest pause between two tries of a job.
    public static let longestRetryPause = Duration.seconds(60)
    /// The most workers at a time. Each takes some kilobytes, and a little time at every heartbeat.
    public static let workers = 4096
    /// The most bytes of a path, without the NUL at its end (PATH_MAX of limits.h).
    public static let pathBytes = 4095
    /// The most bytes of a name in a path (NAME_MAX).
    public static let nameBytes = 255
}
