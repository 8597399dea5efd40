import Checkpoints
import Coordination
import Jobs
import Passes
import Synchronization
import Threads

/// A step for a lane, with the pass of its lease so far.
struct LaneTask: Sendable {
    let grant: LeaseGrant
    /// The pass; `nil` for the lease's first step.
    let pass: DocumentPass?
    let step: Step
}

/// The result of a lane's step.
struct LaneResult: Sendable {
    let lane: Int
    let lease: LeaseID
    let number: Int
    let computed: ComputedStep
    /// The pass for the lease's next step; `nil` if no step will follow.
    let pass: DocumentPass?
}

/// The orders for a lane.
enum LaneOrder: Sendable {
    case compute(LaneTask)
    /// Stop generating after the present tokens.
    case endGenerating
    /// Write down a document that the worker gives back.
    /// - Parameter pass: `nil`: nothing was done of it.
    case handBack(LeaseID, nextStep: Int, DocumentPass?)
}

/// A compute thread. It takes steps from its mailbox, works on them side by side, and posts their results.
struct LaneThread: Sendable {
    let orders: Mailbox<LaneOrder>

    /// The counter that grows while the lane computes.
    let progress: ProgressCounter

    /// - Throws: an error if the system has no resources for another thread.
    init(
        number: Int, models: ModelStore, post: @escaping @Sendable (WorkerDaemon.Notice) -> Void
    ) throws(ThreadError) {
        let orders = try Mailbox<LaneOrder>()
        let progress = ProgressCounter()
        self.orders = orders
        self.progress = progress
        _ = try OSThread(name: "lane \(number)") {
            var work = LaneWork(number: number, models: models, progress: progress)
            while let order = orders.wait() {
                work.take([order]).forEach(post)
                while !work.isEmpty {
                    work.turn().forEach { post(.computed($0)) }
                    work.take(orders.drain()).forEach(post)
                }
            }
        }
    }
}

/// The work of a lane: a batch for each model of its steps.
private struct LaneWork {
    private struct Tag {
        let lease: LeaseID
        let number: Int
        let wantsSnapshot: Bool
    }

    let number: Int
    let models: ModelStore
    let progress: ProgressCounter
    private var batches: [LaneBatch<Tag>] = []

    init(number: Int, models: ModelStore, progress: ProgressCounter) {
        self.number = number
        self.models = models
        self.progress = progress
    }

    var isEmpty: Bool { batches.allSatisfy(\.isEmpty) }

    /// - Returns: what came of steps that cannot begin, and documents that are given back.
    mutating func take(_ orders: [LaneOrder]) -> [WorkerDaemon.Notice] {
        var notices: [WorkerDaemon.Notice] = []
        for order in orders {
            switch order {
            case .endGenerating:
                for index in batches.indices { batches[index].cutGenerations() }
            case .compute(let task):
                let tag = Tag(lease: task.step.lease, number: task.step.number, wantsSnapshot: task.step.wantsSnapshot)
                if let failed = begin(task, tag) { notices.append(.computed(result(tag, failed))) }
            case .handBack(let lease, let nextStep, let pass):
                var snapshot = pass.map { FrameBytes($0.snapshot()) }
                // Without the state the document goes on from the last that was kept.
                if let bytes = snapshot?.count, bytes > Limits.snapshotBytes { snapshot = nil }
                notices.append(.handedBack(.init(lease: lease, nextStep: nextStep, snapshot: snapshot)))
            }
        }
        return notices
    }

    /// - Returns: the reason why the step cannot begin; `nil` if it has begun.
    private mutating func begin(_ task: LaneTask, _ tag: Tag) -> ComputedStep? {
        let model: Model
        do throws(ModelRefusal) {
            model = try models.model(task.grant.model)
        } catch {
            return .unable(error.failure)
        }
        let pass: DocumentPass
        do throws(SnapshotError) {
            if let carried = task.pass { pass = carried } else { pass = try task.firstPass(of: model) }
        } catch {
            return .unreadableSnapshot(Failure(code: "snapshot", message: "\(error)"))
        }
        FatalToken.look(at: task.step.work)
        batches[batch(of: model)].add(task.step.work, on: pass, tag: tag)
        return nil
    }

    /// Does one turn for all documents.
    /// - Returns: the results of the steps that have ended.
    mutating func turn() -> [LaneResult] {
        var results: [LaneResult] = []
        for index in batches.indices where !batches[index].isEmpty {
            for finished in batches[index].turn() {
                switch finished.output {
                case .success(let output):
                    let snapshot = finished.tag.wantsSnapshot ? FrameBytes(finished.pass.snapshot()) : nil
                    let computed = ComputedStep(output, snapshot: snapshot)
                    results.append(result(finished.tag, computed, finished.pass))
                case .failure(let error):
                    let failure = Failure(code: error.code.rawValue, message: "\(error)")
                    results.append(result(finished.tag, .outcome(.documentFailed(failure))))
                }
            }
        }
        return results
    }

    /// The number of the model's batch. A batch keeps its scratch memory until there is work of another model.
    private mutating func batch(of model: Model) -> Int {
        if let index = batches.firstIndex(where: { $0.lane.model === model }) { return index }
        batches.removeAll(where: \.isEmpty)
        let progress = progress
        batches.append(LaneBatch(lane: Lane(model: model) { progress.advance(by: $0) }))
        return batches.count - 1
    }

    private func result(_ tag: Tag, _ computed: ComputedStep, _ pass: DocumentPass? = nil) -> LaneResult {
        LaneResult(lane: number, lease: tag.lease, number: tag.number, computed: computed, pass: pass)
    }
}

extension LaneTask {
    /// The pass at the start of the lease: with an empty state, or with the state of the lease's snapshot.
    fileprivate func firstPass(of model: Model) throws(SnapshotError) -> DocumentPass {
        guard let snapshot = grant.snapshot?.bytes else {
            return DocumentPass(model: model, task: grant.task, documentID: grant.documentID)
        }
        return try DocumentPass(
            restoring: snapshot, model: model, task: grant.task, documentID: grant.documentID)
    }
}

/// A counter that grows while a lane computes. Heartbeats report it.
final class ProgressCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    func advance(by tokens: Int) {
        count.wrappingAdd(UInt64(tokens), ordering: .relaxed)
    }

    var value: UInt64 { count.load(ordering: .relaxed) }
}
