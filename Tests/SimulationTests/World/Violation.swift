/// A promise that was broken.
struct Violation: Error, CustomStringConvertible {
    enum Rule: String {
        case oneLiveLease = "a document has at most one live lease"
        case leasesGrow = "lease numbers only grow"
        case liveLeasesOnly = "nothing is recorded for a lease that has ended"
        case recordedOnce = "every result is recorded once, in its order"
        case rightRows = "rows are those of one pass over the document"
        case oneRow = "a document ends with exactly one row"
        case acknowledgedRowSurvives = "a row of a job that is said to be done is there, whatever happens"
        case commitSpeaksOfSynchronised = "what is recorded of rows is on the disk"
        case answeredOnce = "a job is said to be done once"
        case snapshotsDurable = "a snapshot that is recorded can be read, and its document's results too"
        case recordBeforeSend = "what is recorded comes before what is sent"
        case profile = "a lost document stays on its profile while a worker has it that may take the document"
        case credit = "no worker has more steps in hand than its credit"
        case lanes = "no worker holds more documents with steps to come than its lanes work on side by side"
        case stepsInOrder = "steps follow one another without gaps"
        case lookAhead = "documents are opened in bounded number"
        case jobEnds = "a job is completed once, when all its documents have rows"
        case progress = "when faults end, every job completes in bounded time"
        case deadlines = "a tick moves the deadline on"
        case worker = "a worker computes what it was given, no more steps on a lane than its batch"
        case nothingLeft = "nothing is held for jobs that are over"
    }

    let rule: Rule
    let detail: String

    init(_ rule: Rule, _ detail: String) {
        self.rule = rule
        self.detail = detail
    }

    var description: String { "\(rule.rawValue); but: \(detail)" }
}
