import ArgumentParser
import Coordination
import Foundation
import Jobs

struct BenchCoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Measure the results that a coordinator takes in a second.",
        discussion: """
            Runs a coordinator in a process of its own, workers over TCP that compute nothing, and a job over \
            documents of token ids in chunks of \(CoordinatorBenchmark.chunkTokens.grouped) tokens. The time is from \
            the job's acceptance to the end of its output. CPU time and memory are those of the coordinator's process.
            """)

    enum TaskOption: String, ExpressibleByArgument, CaseIterable {
        case embed
        case score
        case scoreTokens = "score-tokens"

        var task: Job.Task {
            switch self {
            case .embed: .embed(EmbedOptions())
            case .score: .score(ScoreOptions())
            case .scoreTokens: .score(ScoreOptions(per: .token))
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "embed, score or score-tokens, which writes every token's probability (all three).", valueName: "task"))
    var task: TaskOption?

    @Option(help: "Workers, each with one lane and a connection of its own.")
    var workers = 16

    @Option(help: "Documents of the job.")
    var documents = 500

    @Option(help: "Chunks of each document.")
    var chunks = 20

    @Option(help: ArgumentHelp("Time to measure the cost of idle workers first.", valueName: "seconds"))
    var idle = 0

    @Flag(help: "Print a JSON line for each task.")
    var json = false

    private struct Line: Encodable {
        var task: String
        var workers: Int
        var rates: CoordinatorBenchmark.Rates
    }

    func validate() throws {
        guard workers > 0, documents > 0, chunks > 0, idle >= 0 else {
            throw ValidationError("--workers, --documents and --chunks are 1 or more")
        }
    }

    func run() throws {
        try CommandFailure.catching {
            if !json {
                try StandardOutput.write(
                    "task          workers  documents  results  seconds  results/s      tokens/s  CPU s/1,000  idle CPU  peak MB\n"
                )
            }
            for task in task.map({ [$0] }) ?? TaskOption.allCases {
                let benchmark = CoordinatorBenchmark(
                    task: task.task, workers: workers, documents: documents, chunks: chunks, idleSeconds: idle)
                let rates = try benchmark.rates()
                try StandardOutput.write(json ? line(task, rates) : row(task, rates))
            }
        }
    }

    private func line(_ task: TaskOption, _ rates: CoordinatorBenchmark.Rates) throws -> String {
        try PrintedJSON.line(Line(task: task.rawValue, workers: workers, rates: rates))
    }

    private func row(_ task: TaskOption, _ rates: CoordinatorBenchmark.Rates) -> String {
        let columns: [(String, Int)] = [
            (workers.grouped, 7), (documents.grouped, 11), (rates.results.grouped, 9),
            (String(format: "%.2f", rates.seconds), 9), (Int(rates.resultsPerSecond).grouped, 11),
            (Int(rates.tokensPerSecond).grouped, 14), (String(format: "%.3f", rates.cpuSecondsPerThousandResults), 13),
            (rates.idleCPUFraction.map { String(format: "%.1f%%", 100 * $0) } ?? "-", 10),
            (String(format: "%.1f", Double(rates.peakResidentBytes) / 1e6), 9),
        ]
        return task.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)
            + columns.map { BenchCommand.right($0, $1) }.joined() + "\n"
    }
}
