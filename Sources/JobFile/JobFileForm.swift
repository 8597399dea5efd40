public import Jobs

/// A job in the form of a job file. Its JSON, which is also YAML, is a file from which ``JobFile`` makes the same job
/// again in any directory.
///
/// The form is a mapping with the keys of ``JobFileKey``. Paths are absolute. Each option of the task has its value,
/// except for options whose value is null.
public struct JobFileForm: Sendable, Codable, Equatable {
    private var task: String
    private var model: String
    private var input: [InputForm]
    private var output: String
    private var dtype: Job.DataType
    private var chunkTokens: Int
    private var maxErrors: TextOrNumber?
    private var embed: EmbedForm?
    private var generate: GenerateForm?
    private var score: ScoreForm?

    private enum CodingKeys: String, CodingKey {
        case task, model, input, output, dtype, embed, generate, score
        case chunkTokens = "chunk_tokens"
        case maxErrors = "max_errors"
    }

    public init(_ job: Job) {
        task = job.task.name
        model = Self.model(job.model)
        input = job.inputs.map { InputForm($0) }
        output = job.output
        dtype = job.dataType
        chunkTokens = job.chunkTokens
        maxErrors =
            switch job.errorLimit {
            case .none: nil
            case .count(let count): .number(count)
            case .fraction(let part): .text(Self.percentage(of: part))
            }
        switch job.task {
        case .embed(let options): embed = EmbedForm(options)
        case .generate(let options): generate = GenerateForm(options)
        case .score(let options): score = ScoreForm(options)
        }
    }

    /// Whether both jobs give the same rows for the same document and model.
    public func makesSameRows(as other: JobFileForm) -> Bool {
        task == other.task && dtype == other.dtype && embed == other.embed && generate == other.generate
            && score == other.score
    }

    /// A model's directory. If a job file would resolve the hub cache's path to another one, as with `HF_HOME=/data/`,
    /// it is the id and commit on the hub.
    private static func model(_ path: String) -> String {
        guard ExactString(AbsolutePath.of(path, in: "/")) != ExactString(path), let snapshot = HubSnapshot(path: path)
        else { return path }
        var model = snapshot.model
        model.revision = snapshot.commit
        return model.description
    }

    /// The shortest percentage that is read as this fraction; the nearest if there is none.
    private static func percentage(of part: Double) -> String {
        // 0.07 is 7% and, because the product is rounded, also 7.000000000000001%.
        let near = part * 100
        let percentages = [near.nextDown, near, near.nextUp]
            .filter { $0 / 100 == part }.map { "\(Int(exactly: $0).map(String.init) ?? String($0))%" }
        return percentages.min { $0.utf8.count < $1.utf8.count } ?? "\(near)%"
    }
}
