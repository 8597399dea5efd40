internal import Jobs

/// The numbers that both sides of the protocol keep to, each with its reason.
public enum Limits {
    /// A worker speaks at least this often; what it says otherwise counts too (ZeroMQ guide, chapter 4, "heartbeats").
    public static let heartbeatInterval = Duration.seconds(1)
    /// Silence for three and a half intervals means that the worker is gone: one lost beat is no reason to start its
    /// documents again, and a killed worker must be noticed within five seconds.
    public static let workerSilence = Duration.milliseconds(3500)
    /// A connection on which nothing comes for this long, not even the answer of ZeroMQ's own thread to a ping, has a
    /// dead host or a cut line at its other end, and is made anew.
    public static let connectionSilence = Duration.seconds(5)
    /// A worker that has heard nothing for this long says hello again on a new connection. The coordinator's
    /// connections may live while it waits for a slow disk: then its workers wait with it. Longer than
    /// ``workerSilence``, so that the coordinator has let go of the leases when it hears of the worker again.
    public static let coordinatorSilence = Duration.seconds(10)
    /// Steps that a lane has in hand: one computes while the next arrives.
    public static let stepsPerLane = 2
    /// A hello that asks for more than this is not from one of our workers. 4,096 lanes are more than a machine has.
    public static let lanesPerWorker = 4096
    /// Documents that a lane works on side by side if the worker is told nothing else: a pass over the weights brings
    /// each of them a token. With 32 most of what a core can do is reached, and more make each of them slower.
    public static let documentsPerLane = 32
    /// Documents that a worker holds, whatever it says of its lanes: what the coordinator has of each is in memory.
    public static let documentsPerWorker = 4096
    /// A pass over the weights serves no more.
    public static let largestBatch = Job.blockTokens
    /// Tokens that a pass over the weights of a worker may read. A hello that says more is not from one of ours.
    public static let largestPass = 1 << 16
    /// Passes over the weights that a lane has tokens in hand for when steps are short: on a CPU, whose passes are
    /// blocks, a default chunk of long documents.
    public static let passesPerLane = 8
    /// Of these, those that a lane is given at a time when it has others. The rest goes to the lane that is free first.
    public static let passesTogether = 2
    /// States of the documents that a worker holds, beyond one a lane, if it says nothing else: what a small machine
    /// has to spare beside the model.
    public static let stateBytesPerWorker = 2 << 30
    /// Documents read ahead, beyond those that the workers hold. Enough to keep the lanes
    /// full of short documents, few enough that what is held for them stays small.
    public static let documentsAhead = 64
    /// Inputs from which nothing has come for so long hold no other job up: a pipe that nobody writes to, a disk that
    /// does not answer. Reading a document's first tokens takes milliseconds.
    public static let inputSilence = Duration.seconds(1)
    /// Tokens generated in one step: what is done again when a worker dies, and what a worker that is told to leave
    /// ends first. A few seconds' work for the larger models; the round trip between two steps takes a millisecond.
    public static let generatedTokensPerStep = 256
    /// A lane that computes and does not get on for so long is stuck: its worker is given up, whatever it says. The
    /// longest that a lane is busy without counting a token is opening a model: reading 10 GB takes a minute.
    public static let laneSilence = Duration.seconds(180)
    /// A document with a snapshot waits so long for a worker of its profile; then it starts again on another.
    public static let profilePatience = Duration.seconds(60)
    /// A step at which so many workers are lost one after the other becomes an error row: once is an accident, and the
    /// third time the worker had nothing else in hand.
    public static let workersLostPerStep = 3
    /// A document at which so many were lost waits so long before it is given up: a worker that was only cut off, or
    /// stopped for a while, comes back, and then it was not the document.
    public static let returnPatience = Duration.seconds(30)
    /// A document changes from a slow worker to an idle one if the rest would take so many times longer, and ...
    public static let takeoverFactor = 3.0
    /// ... so much longer besides: a state has to travel, and what was computed since the snapshot is computed again.
    public static let takeoverMargin = Duration.seconds(10)
    /// Bytes that the steps in a worker's hands may bring in messages: more than two of the largest states.
    public static let bytesInFlightPerWorker = 512 << 20
    /// Bytes of all messages under way and all snapshots being written: what the coordinator may have to hold. Steps
    /// beyond it wait, but for one a worker; snapshots beyond it are not asked for.
    public static let bytesInFlight = 1 << 30
    /// One message: a step of tokens or its result. The largest is a snapshot: 344 MB for mamba2-2.7b between two
    /// samples. A longer one ends its connection, so nobody sends one.
    public static let messageBytes = 640 << 20
    /// A job as it is handed in: tens of thousands of inputs by name. More are a pattern or a directory.
    public static let submissionBytes = 4 << 20
    /// The header of other messages of workers and clients: names, numbers, and why something failed.
    public static let headerBytes = 64 << 10
    /// The header of a heartbeat: a number of each of ``lanesPerWorker``.
    public static let heartbeatBytes = 128 << 10
    /// The header of a result: that of other messages, and beside it a place of each of ``embeddingsPerStep``.
    public static let resultHeaderBytes = 128 << 10
    /// What a step brings, without a snapshot: steps are cut to it, whatever a job's chunks are. A step that is one
    /// block of the arithmetic may bring more.
    public static let resultBytes = 64 << 20
    /// Embeddings of one step: each has a place in the result's header, of 60 bytes.
    public static let embeddingsPerStep = 512
    /// A snapshot, beside which its step's result has room.
    public static let snapshotBytes = messageBytes - 2 * resultBytes
    /// Frames of one message: three, and the arrays of a result.
    public static let framesPerMessage = 64
    /// Counts in messages: far beyond what any document or cluster reaches, so that sums and products with what is
    /// configured do not overflow, and below what numbers of JSON are exact for (RFC 8259, section 6).
    public static let largestCount = 1 << 48

    // MARK: - Jobs

    /// Jobs that run side by side. Each has a thread that reads its inputs, and about a dozen descriptors; more jobs
    /// give the workers nothing that they could do sooner.
    public static let runningJobs = 32
    /// Jobs that were handed in and do not run yet. Each costs some kilobytes.
    public static let waitingJobs = 2000
    /// Jobs that are prepared at a time: reading a model's files keeps a disk busy.
    public static let preparingJobs = 2
    /// A job whose model, inputs or output are away is tried again after this long, ...
    public static let firstRetryPause = Duration.seconds(1)
    /// ... and then after twice the time again and again, up to this.
    public static let longestRetryPause = Duration.seconds(60)
    /// Workers at a time: each costs some kilobytes, and a look at every heartbeat.
    public static let workers = 4096
    /// Bytes of a path, the NUL at its end not among them (PATH_MAX of limits.h), ...
    public static let pathBytes = 4095
    /// ... and of a name in it (NAME_MAX).
    public static let nameBytes = 255
}
