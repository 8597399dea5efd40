import Coordination
import Jobs
import TestSupport

/// A job with its documents, drawn from the seed.
struct PretendJob {
    let id: JobID
    let job: Job
    let documents: [PretendDocument]
    let state: StateSize
    /// More errors than this stop it.
    let errorLimit: Int?
    /// The endings of a single pass over each document.
    let endings: [Ending]

    init(number: Int, _ random: inout SplitMix64) {
        let digest = String(SplitMix64.mixed(random.next()), radix: 16)
        let task = Self.task(&random)
        let chunk = 256 * Int.random(in: 1...3, using: &random)
        let documents = Self.documents(chunk, &random)
        id = JobID("\(digest)-\(number)")
        job = Job(task: task, model: "/models/pretend", inputs: [], output: "/out/\(number)", chunkTokens: chunk)
        state = random.chance(0.2) ? StateSize(fixed: 300 << 20) : StateSize(fixed: 64, perToken: 1 << 10)
        errorLimit = random.chance(0.1) ? Int.random(in: 0...2, using: &random) : nil
        self.documents = documents
        endings = documents.map { Self.singlePass($0, task) }
    }

    /// A state may be larger than all that is to be in flight.
    var plan: StepPlan { StepPlan(chunkTokens: job.chunkTokens, job.task, state: state) }

    /// How many steps the job takes at most, once through.
    var steps: Int {
        let plan = plan
        let generation = plan.generation.map { $0.samples * ($0.maxTokens / Limits.generatedTokensPerStep + 1) } ?? 0
        return documents.reduce(0) { $0 + $1.tokens.count / plan.chunkTokens + 1 + generation }
    }

    private static func task(_ random: inout SplitMix64) -> Job.Task {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .embed(EmbedOptions())
        case 1: return .embed(EmbedOptions(windowTokens: Int.random(in: 1...700, using: &random)))
        case 2: return .score(ScoreOptions(per: .token))
        default:
            let tokens =
                random.chance(0.5)
                ? Int.random(in: 0...40, using: &random) : Int.random(in: 1...5000, using: &random)
            // Nothing is generated only where the text itself comes back.
            return .generate(
                GenerateOptions(
                    maxTokens: tokens, samples: Int.random(in: 1...3, using: &random), echo: tokens == 0))
        }
    }

    /// Either a few documents of any length or many short ones, more than are ever opened at once.
    private static func documents(_ chunk: Int, _ random: inout SplitMix64) -> [PretendDocument] {
        let areMany = random.chance(0.2)
        let count = Int.random(in: areMany ? 70...160 : 0...25, using: &random)
        var ids: [String] = []
        return (0..<count).map { ordinal in
            let length =
                switch Int.random(in: 0..<5, using: &random) {
                case 0: 0
                case 1: chunk * Int.random(in: 1...3, using: &random)
                default: Int.random(in: 1...(areMany ? 60 : 9 * chunk), using: &random)
                }
            var tokens = (0..<length).map { _ in Int32(truncatingIfNeeded: random.next() & 0x7FFF) }
            var fate = PretendDocument.Fate.sound
            switch Int.random(in: 0..<24, using: &random) {
            case 0: fate = .rejected
            case 1: fate = .abandoned(after: Int.random(in: 0...length, using: &random))
            case 4 where !ids.isEmpty: fate = .duplicate
            case 2 where length > 0:
                fate = .poisoned
                tokens[Int.random(in: 0..<length, using: &random)] = PretendModel.poison
            case 3 where length > 0 && random.chance(0.1):
                fate = .killing
                tokens[Int.random(in: 0..<length, using: &random)] = PretendModel.killer
            default: break
            }
            let id = fate == .duplicate ? ids.randomElement(using: &random) : nil
            // What is no document has no id of its own.
            if fate != .rejected, fate != .duplicate { ids.append("document \(ordinal)") }
            return PretendDocument(id: id ?? "document \(ordinal)", tokens: tokens, fate: fate)
        }
    }

    private static func singlePass(_ document: PretendDocument, _ task: Job.Task) -> Ending {
        switch document.fate {
        case .rejected: return .error("rejected")
        case .duplicate: return .error("duplicate")
        case .abandoned: return .error("abandoned")
        case .killing: return .error("too_many_failures")
        case .sound, .poisoned: break
        }
        var model = PretendModel(documentID: document.id, task: task)
        var steps = [Work.read(tokens: document.tokens, isLast: true)]
        if case .generate(let options) = task {
            steps += (0..<options.samples).map { .generate(sample: $0, atMost: options.maxTokens) }
        }
        var parts: [StepOutput] = []
        for step in steps {
            switch model.compute(step) {
            case .output(let part): parts.append(part)
            case .documentFailed(let failure): return .error(failure.code)
            }
        }
        return .row(Row(parts))
    }
}
