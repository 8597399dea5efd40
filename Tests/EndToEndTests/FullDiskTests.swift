import Foundation
import TestSupport
import Testing

/// A disk that fills up while a job runs.
@Suite struct FullDiskTests {
    @Test(.enabled(if: Namespaces.canMount, Namespaces.why))
    func jobGoesOnWhenThereIsSpaceAgain() throws {
        let directory = try TemporaryDirectory()
        let model = directory.path("tiny")
        try TinyModel.write(to: model, seed: 1)
        let counts = (0..<30).map { 600 + 13 * $0 }
        try directory.write(Documents.lines(tokenCounts: counts), to: "documents.jsonl")
        try directory.writeJob("embed", model: model, output: "disk/rows.jsonl", options: "embed: {every: 16}")

        try FileManager.default.createDirectory(atPath: directory.path("disk"), withIntermediateDirectories: true)
        let disk = try SmallDisk(at: directory.path("disk"), bytes: 4 << 20)
        defer { disk.unmount() }
        let ballast = disk.file("ballast")
        try Data(count: 3_400_000).write(to: URL(filePath: ballast))

        let job = directory.path("job.yaml")
        let stopped = try Longscan.start(["run", job], wrapper: disk.wrapper).ended()
        #expect(stopped.status == 74)
        #expect(stopped.errors.contains("No space left on device") || stopped.errors.contains("full"))
        #expect(stopped.errors.contains(directory.path("disk/")))

        try FileManager.default.removeItem(atPath: ballast)
        let finished = try Longscan.start(["run", job], wrapper: disk.wrapper).ended()
        #expect(finished.status == 0, "\(finished.errors)")
        let rows = try Data(contentsOf: URL(filePath: disk.file("rows.jsonl")))
        #expect(!FileManager.default.fileExists(atPath: disk.file("rows.work")))
        #expect(!FileManager.default.fileExists(atPath: disk.file("rows.errors.jsonl")))

        let undisturbed = try Longscan.run(["run", job, "--output", directory.path("undisturbed.jsonl")])
        #expect(undisturbed.status == 0)
        #expect(Array(rows) == (try directory.bytes("undisturbed.jsonl")))
    }
}
