import Coordination
import Inference
import Synchronization
import ZeroMQ

/// A step for a lane, with what its lease has carried so far.
struct LaneTask: Sendable {
    let grant: LeaseGrant
    /// `nil` for the lease's first step.
    var pass: DocumentPass?
    let step: Step
}

/// What a lane hands back.
struct LaneResult: Sendable {
    let lane: Int
    let lease: LeaseID
    let number: Int
    let computed: ComputedStep
    /// For the lease's next step; `nil` when there will be none.
    let pass: DocumentPass?
}

/// A compute thread: it takes one step at a time from its mailbox, computes it, and posts what came of it.
struct LaneThread: Sendable {
    let tasks: Mailbox<LaneTask>

    /// - Parameter progress: counts the tokens of all lanes.
    /// - Throws: when the system has no resources for another thread.
    init(
        number: Int, models: ModelStore, progress: ProgressCounter, post: @escaping @Sendable (LaneResult) -> Void
    ) throws(ZeroMQError) {
        let tasks = try Mailbox<LaneTask>()
        self.tasks = tasks
        _ = try OSThread(name: "lane \(number)") {
            var bench = LaneBench(number: number, models: models, progress: progress)
            while var task = tasks.wait() {
                post(bench.result(of: &task))
            }
        }
    }
}

/// What a lane works on: scratch memory for the model that it had last.
private struct LaneBench {
    let number: Int
    let models: ModelStore
    let progress: ProgressCounter
    private var lane: Lane?

    init(number: Int, models: ModelStore, progress: ProgressCounter) {
        self.number = number
        self.models = models
        self.progress = progress
    }

    mutating func result(of task: inout LaneTask) -> LaneResult {
        // Taken, not copied: a state can be hundreds of megabytes, and is changed in place while nobody else has it.
        var pass = task.pass.take()
        let computed: ComputedStep
        do throws(ModelRefusal) {
            let model = try models.model(task.grant.model)
            computed = .outcome(Self.outcome(of: task, &pass, lane(for: model), model))
        } catch {
            computed = .unable(error.failure)
        }
        return LaneResult(
            lane: number, lease: task.step.lease, number: task.step.number, computed: computed, pass: pass)
    }

    private mutating func lane(for model: Model) -> Lane {
        if let lane, lane.model === model { return lane }
        let progress = progress
        let new = Lane(model: model) { progress.advance(by: $0) }
        lane = new
        return new
    }

    private static func outcome(
        of task: LaneTask, _ pass: inout DocumentPass?, _ lane: Lane, _ model: Model
    ) -> StepOutcome {
        var current =
            pass.take() ?? DocumentPass(model: model, task: task.grant.task, documentID: task.grant.documentID)
        do throws(InferenceError) {
            let output = try current.output(of: task.step.work, on: lane)
            pass = current
            return .output(output)
        } catch {
            return .documentFailed(Failure(code: error.code, message: "\(error)"))
        }
    }
}

/// Grows while lanes compute, for heartbeats to tell.
final class ProgressCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    func advance(by tokens: Int) {
        count.wrappingAdd(UInt64(tokens), ordering: .relaxed)
    }

    var value: UInt64 { count.load(ordering: .relaxed) }
}
