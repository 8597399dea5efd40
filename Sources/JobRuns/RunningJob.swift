package import Coordination
package import Documents
package import Jobs

/// The coordinator thread's record of a running job. The storage thread has its files.
package struct RunningJob: Sendable {
    package let id: JobID
    package let job: Job
    package let plan: StepPlan
    let model: ModelSummary
    /// The files of the inputs whose names are not names of documents; `nil` if there are none.
    package let passedOver: PassedOver?
    /// The last status from the storage thread.
    package var progress: JobStatus
    /// The results of leases that had ended.
    private var lateResults = 0
    /// The reason of the last worker that refused the job.
    private var refusal: Failure?
    /// Whether every worker has refused the job.
    package var isRefusedByAll = false
    /// The open documents, by ordinal.
    private var documents: [Int: Document] = [:]

    /// The data of a document with which its results are compared.
    private struct Document {
        let task: Job.Task
        /// The ends of the document's texts, in tokens. Empty for a document of one text.
        var textEnds: [Int] = []
        /// The tokens so far of the sample that is being generated.
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

    /// Notes that a worker cannot do the job's documents.
    package mutating func refused(_ failure: Failure, by worker: String) {
        refusal = Failure(code: failure.code, message: "worker \(worker): \(failure.message)")
    }

    /// Notes an event of a document, before the state machine takes it.
    /// - Parameter task: the task of the document that has been opened.
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

    /// Notes that a document was given to a worker.
    /// - Parameter made: the tokens so far of the sample with which it goes on.
    package mutating func granted(_ ordinal: Int, made: [Int32]) {
        documents[ordinal]?.made = made
    }

    /// Notes that a result was taken.
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

    /// The reason why a result does not fit its step; `nil` if it fits.
    func problem(of result: StepResult, to step: AwaitedStep) -> String? {
        guard let document = documents[step.document.ordinal] else { return nil }
        var textStart = 0
        if case .read(let range, _) = step.work { textStart = document.textEnds.last { $0 <= range.lowerBound } ?? 0 }
        return ExpectedResult(of: step, document.task, textStart: textStart, made: document.made, model: model)
            .problem(of: result)
    }
}
