import Coordination
import Inference
import Mamba
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

    /// Grows while it computes.
    let progress: ProgressCounter

    /// - Throws: when the system has no resources for another thread.
    init(
        number: Int, models: ModelStore, post: @escaping @Sendable (LaneResult) -> Void
    ) throws(ZeroMQError) {
        let tasks = try Mailbox<LaneTask>()
        let progress = ProgressCounter()
        self.tasks = tasks
        self.progress = progress
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
            computed = Self.computed(task, &pass, lane(for: model), model)
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

    private static func computed(
        _ task: LaneTask, _ pass: inout DocumentPass?, _ lane: Lane, _ model: Model
    ) -> ComputedStep {
        var current: DocumentPass
        do throws(SnapshotError) {
            if let carried = pass.take() { current = carried } else { current = try task.firstPass(of: model) }
        } catch {
            return .unreadableSnapshot(Failure(code: "snapshot", message: "\(error)"))
        }
        do throws(InferenceError) {
            FatalToken.look(at: task.step.work)
            let output = try current.output(of: task.step.work, on: lane)
            let snapshot = task.step.wantsSnapshot ? current.snapshot() : nil
            pass = current
            return .outcome(.output(output), snapshot: snapshot)
        } catch {
            return .outcome(.documentFailed(Failure(code: error.code, message: "\(error)")))
        }
    }
}

extension LaneTask {
    /// What the lease begins with: an empty state, or that of the snapshot that came with it.
    fileprivate func firstPass(of model: Model) throws(SnapshotError) -> DocumentPass {
        guard let snapshot = grant.snapshot else {
            return DocumentPass(model: model, task: grant.task, documentID: grant.documentID)
        }
        return try DocumentPass(
            restoring: snapshot, model: model, task: grant.task, documentID: grant.documentID)
    }
}

/// Grows while a lane computes, for heartbeats to tell.
final class ProgressCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    func advance(by tokens: Int) {
        count.wrappingAdd(UInt64(tokens), ordering: .relaxed)
    }

    var value: UInt64 { count.load(ordering: .relaxed) }
}
