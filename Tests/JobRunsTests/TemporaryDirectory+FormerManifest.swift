import Foundation
import JobRuns
import Jobs
import TestSupport
import Testing

extension TemporaryDirectory {
    /// Gives the manifest of `rows.jsonl` the form that earlier versions wrote: its job as ledgers have it.
    /// - Parameter change: what else was different.
    func makeManifestFormer(of job: Job, _ change: (inout [String: Any]) -> Void = { _ in }) throws {
        let text = Data(try text("rows.manifest.json").utf8)
        var manifest = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        manifest["job"] = try JSONSerialization.jsonObject(with: Data(JobRequest.json(job).utf8))
        change(&manifest)
        let former = try JSONSerialization.data(withJSONObject: manifest)
        try write(String(decoding: former, as: UTF8.self), to: "rows.manifest.json")
    }
}
