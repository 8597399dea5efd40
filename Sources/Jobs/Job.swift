/// What a job file says, after its paths were resolved and its values checked.
///
/// A job is a value: two jobs with equal fields are one job, whoever hands them in.
public struct Job: Sendable, Equatable, Codable {
    /// What is done with every document.
    public var task: Task
    /// Directory of the model, absolute.
    public var model: String
    /// Absolute paths and glob patterns of the inputs, in the order of the job file.
    public var inputs: [Input]
    /// Where the rows go: an absolute path.
    public var output: String
    /// Tokens handed to a worker in one message: a positive multiple of `blockTokens`.
    public var chunkTokens: Int
    /// How many error rows stop the job.
    public var errorLimit: ErrorLimit
    /// What the linear layers compute with, whatever the model's files have.
    @LeftOut<DefaultF32> public var dataType: DataType

    public init(
        task: Task, model: String, inputs: [Input], output: String, chunkTokens: Int = 2048,
        errorLimit: ErrorLimit = .none, dataType: DataType = .f32
    ) {
        self.task = task
        self.model = model
        self.inputs = inputs
        self.output = output
        self.chunkTokens = chunkTokens
        self.errorLimit = errorLimit
        self.dataType = dataType
    }
}

extension Job {
    /// Tokens of a block, the grid of all arithmetic: blocks are counted from a document's start, and results do not
    /// depend on what else is cut where.
    public static let blockTokens = 256

    /// What the model is called in rows that name it: its id on the hub, or its directory's name.
    public var modelName: String {
        HubSnapshot(path: model)?.model.id ?? model.pathComponents().last.map(String.init) ?? model
    }

    /// How the factors of linear layers' products are rounded, under the names that checkpoints have for it. Sums,
    /// states and all else are float32.
    public enum DataType: String, Sendable, Codable, CaseIterable { case f32, bf16 }

    /// When a job gives up.
    public enum ErrorLimit: Sendable, Equatable, Codable {
        case none
        /// More error rows than this stop the job.
        case count(Int)
        /// A larger part of all documents than this, 0…1, stops the job.
        case fraction(Double)
    }
}
