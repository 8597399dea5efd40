import Foundation
import TestSupport
import Testing

@Suite struct BenchTests {
    private struct Line: Decodable {
        struct Rates: Decodable {
            var results: Int
            var resultsPerSecond: Double
            var cpuSecondsPerThousandResults: Double
            var idleCpuFraction: Double?
            var peakResidentBytes: Int
        }
        var task: String
        var workers: Int
        var rates: Rates
    }

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// With work enough for some ticks of the kernel's count of processor time.
    @Test func aCoordinatorTakesTheResultsOfEveryTaskAndNothingIsLeftBehind() throws {
        let ended = try Longscan.start(
            ["bench", "coordinator", "--workers", "3", "--documents", "50", "--chunks", "20", "--idle", "1", "--json"],
            wrapper: ["/usr/bin/env", "TMPDIR=\(directory.path)"]
        ).ended()
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        let lines = try ended.output.split(separator: "\n").map { try JSON.decode(Line.self, from: $0) }
        #expect(lines.map(\.task) == ["embed", "score", "score-tokens"])
        for line in lines {
            #expect(line.workers == 3 && line.rates.results == 1000)
            #expect(line.rates.resultsPerSecond > 0 && line.rates.cpuSecondsPerThousandResults > 0)
            #expect(line.rates.idleCpuFraction.map { (0...1).contains($0) } == true)
            // A process of the program cannot be smaller.
            #expect(line.rates.peakResidentBytes > 1 << 20)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
