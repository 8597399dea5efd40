/// The identity of a document: its job, and its place, from 0, among all documents of the job's inputs, broken ones
/// included.
public struct DocumentKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var job: JobID
    public var ordinal: Int

    public init(job: JobID, ordinal: Int) {
        self.job = job
        self.ordinal = ordinal
    }

    public var description: String { "\(job)/\(ordinal)" }

    public static func < (a: DocumentKey, b: DocumentKey) -> Bool {
        a.job == b.job ? a.ordinal < b.ordinal : a.job < b.job
    }
}
