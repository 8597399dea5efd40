import Foundation
import TestSupport
import Testing

/// The progress bar on terminals of any width: a line that wraps would leave itself behind at each drawing.
@Suite struct ProgressTests {
    @Test(arguments: [20, 40, 50, 80, 106, 200])
    func aLineIsNoLongerThanTheTerminal(columns: Int) throws {
        let directory = try TemporaryDirectory()
        let counts = Array(repeating: 3000, count: 4)
        try directory.write("{}\n" + Documents.lines(tokenCounts: counts), to: "documents.jsonl")
        try directory.writeJob("score", output: "rows-of-a-long-name.jsonl")
        // `script` runs it on a pseudo terminal of its own.
        let command = "stty cols \(columns) rows 24; exec '\(Longscan.path)' run job.yaml --lanes 1"
        let ended = try RunningProcess(
            "/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"], in: directory.path
        ).ended()
        #expect(ended.status == 2, "\(ended.output)")
        let drawn = ended.output.components(separatedBy: "\r\u{1B}[K").dropFirst().map { line in
            line.prefix { !$0.isNewline }.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        }
        let lines = drawn.filter { $0.hasPrefix("score") && !$0.contains("→") }
        #expect(lines.allSatisfy { $0.count < columns }, "\(lines)")
        // Before the inputs have been looked at, there is no share of them.
        let bars = lines.filter { $0.contains("%") }
        #expect(!bars.isEmpty, "\(ended.output)")
        guard columns >= 40 else { return }
        #expect(bars.allSatisfy { $0.contains("documents") }, "\(bars)")
        #expect(columns < 80 || bars.allSatisfy { $0.contains("█") || $0.contains("░") }, "\(bars)")
        #expect(bars.contains { $0.contains("worker") } == (columns >= 80), "\(bars)")
    }
}
