package import Coordination
package import Documents
package import Jobs

/// A job that runs, as the coordinator's thread knows it. Its files are the storage thread's.
package struct RunningJob: Sendable {
    package let id: JobID
    package let job: Job
    package let plan: StepPlan
    let model: ModelSummary
    /// Files among the inputs that are no documents by their names; `nil` if there are none.
    package let passedOver: PassedOver?
    /// How far the job was when the storage thread said so last.
    package var progress: JobStatus
    /// Results of leases that had ended.
    private var lateResults = 0
    /// The last reason for which a worker refused the job.
    private var refusal: Failure?
    /// Whether no worker is here that would do it.
    package var isRefusedByAll = false
    /// Documents that are open, by ordinal.
    private var documents: [Int: Document] = [:]

    /// What results of a document are compared with.
    private struct Document {
        let task: Job.Task
        /// Where the texts of a document of several end, in its tokens.
        var textEnds: [Int] = []
        /// Tokens of the sample that is being made.
        var made: [Int32] = []
    }

    package init(_ run: JobRun) {
        id = run.id
        job = run.job
        plan = run.plan
        model = run.summary
        passedOver = run.passedOver
        progress = run.status
    }

    package var status: JobStatus {
        var status = progress
        status.lateResults = lateResults
        if !status.state.isOver, isRefusedByAll {
            status.failure = refusal.map { .init(failure: $0, reason: .badConfiguration) }
        }
        return status
    }

    mutating func countLate() {
        lateResults += 1
    }

    /// A worker cannot do the job's documents.
    package mutating func refused(_ failure: Failure, by worker: String) {
        refusal = Failure(code: failure.code, message: "worker \(worker): \(failure.message)")
    }

    /// Something became of a document before the machine is told.
    /// - Parameter task: what is done with the document that has been opened.
    package mutating func note(_ event: SchedulerEvent, task: Job.Task?) {
        switch event {
        case .documentOpened(let key, _, _):
            documents[key.ordinal] = Document(task: task ?? job.task)
        case .tokensRead(let key, _, _, let textEnds):
            documents[key.ordinal]?.textEnds += textEnds
        case .documentAbandoned(let key):
            documents[key.ordinal] = nil
        case .jobAdmitted, .jobStopped, .inputsExhausted, .documentRejected, .snapshotWritten, .snapshotLost,
            .workerJoined, .workerHeard, .workerLeft, .workerLost, .workerDrains, .leaseRefused, .snapshotRefused,
            .leaseReturned, .stepFinished, .tick:
            break
        }
    }

    /// A document is given to a worker.
    /// - Parameter made: tokens of the sample that it goes on with.
    package mutating func granted(_ ordinal: Int, made: [Int32]) {
        documents[ordinal]?.made = made
    }

    /// A result that fits was taken.
    package mutating func recorded(_ output: StepOutput, of ordinal: Int) {
        guard let generated = output.generated else { return }
        if generated.finish == nil {
            documents[ordinal]?.made += generated.tokens
        } else {
            documents[ordinal]?.made = []
        }
    }

    package mutating func closed(_ ordinal: Int) {
        documents[ordinal] = nil
    }

    /// Why a result cannot be recorded as that of a step; `nil`: it fits.
    func problem(of result: StepResult, to step: AwaitedStep) -> String? {
        guard let document = documents[step.document.ordinal] else { return nil }
        var textStart = 0
        if case .read(let range, _) = step.work { textStart = document.textEnds.last { $0 <= range.lowerBound } ?? 0 }
        return ExpectedResult(of: step, document.task, textStart: textStart, made: document.made, model: model)
            .problem(of: result)
    }
}
