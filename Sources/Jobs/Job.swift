/// A job: the content of a job file with resolved paths and checked values.
///
/// A job is a value. Two jobs with equal fields are one job, whoever submits them.
public struct Job: Sendable, Equatable, Codable {
    public var task: Task
    /// The absolute path of the model's directory.
    public var model: String
    /// Absolute paths and glob patterns of the inputs, in the order of the job file.
    public var inputs: [Input]
    /// The absolute path of the output.
    public var output: String
    /// The tokens handed to a worker in one message: a positive multiple of `blockTokens`.
    public var chunkTokens: Int
    /// The number of error rows that stops the job.
    public var errorLimit: ErrorLimit
    /// The data type of the linear layers' factors, whatever the type in the model's files.
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
    /// The tokens of a block, the unit of all arithmetic. Blocks are counted from a document's start. Results do not
    /// depend on other divisions of the tokens.
    public static let blockTokens = 256

    /// The model's name in rows: its id on the hub, or its directory's name.
    public var modelName: String {
        HubSnapshot(path: model)?.model.id ?? model.pathComponents().last.map(String.init) ?? model
    }

    /// The data type to which the factors of linear layers' products are rounded, with its name in checkpoints. Sums,
    /// states and everything else are float32.
    public enum DataType: String, Sendable, Codable, CaseIterable { case f32, bf16 }

    /// The limit of error rows.
    public enum ErrorLimit: Sendable, Equatable, Codable {
        case none
        /// More error rows than this stop the job.
        case count(Int)
        /// A larger fraction of all documents than this, 0…1, stops the job.
        case fraction(Double)
    }
}
