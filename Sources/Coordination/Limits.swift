/// The numbers that both sides of the protocol keep to, each with its reason.
public enum Limits {
    /// A worker speaks at least this often; what it says otherwise counts too (ZeroMQ guide, chapter 4, "heartbeats").
    public static let heartbeatInterval = Duration.seconds(1)
    /// Silence for three and a half intervals means that the worker is gone: one lost beat is no reason to start its
    /// documents again, and a killed worker must be noticed within five seconds.
    public static let workerSilence = Duration.milliseconds(3500)
    /// A worker that has heard nothing for this long says hello again on a new connection. Longer than
    /// ``workerSilence``, so that the coordinator has let go of the leases when it hears of the worker again.
    public static let coordinatorSilence = Duration.seconds(5)
    /// Steps that a lane has in hand: one computes while the next arrives.
    public static let stepsPerLane = 2
    /// A hello that asks for more than this is not from one of our workers. 4,096 lanes are more than a machine has.
    public static let lanesPerWorker = 4096
    /// Documents read ahead of the workers, beyond those that the workers' lanes can hold. Enough to keep the lanes
    /// full of short documents, few enough that what is held for them stays small.
    public static let documentsAhead = 64
    /// Tokens generated in one step. A step is what is lost and done again when a worker dies.
    public static let generatedTokensPerStep = 2048
    /// One message: a step of tokens or its result. The largest is a step's embeddings or token scores, about
    /// 100 MB for a chunk of a million tokens, 180 MB with the 20 likeliest tokens in the place of each.
    public static let messageBytes = 256 << 20
    /// Frames of one message: three, and the arrays of a result.
    public static let framesPerMessage = 64
}
