import ArgumentParser
import Coordination
import Foundation
import Inference
import Kernels

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure tokens per second of this machine, beside the rate of its matrix products.",
        discussion: """
            A model is a directory, or the name of a published shape, which gets random weights: \
            \(BenchmarkShapes.names.joined(separator: ", ")).

            Prefill reads 2,048 tokens as embedding does, scoring also computes every token's probability, decode \
            generates one token after the other. Rates are medians, of all lanes together.
            """)

    @Argument(help: ArgumentHelp("Directories or names of shapes (mamba-130m mamba2-130m).", valueName: "model"))
    var models: [String] = ["mamba-130m", "mamba2-130m"]

    @Option(help: ArgumentHelp("Numbers of lanes to measure: 1,2 (one, and the processors).", valueName: "numbers"))
    var lanes: String?

    @Option(help: "Tokens read.")
    var promptTokens = 2048

    @Option(help: "Tokens generated.")
    var generatedTokens = 32

    @Option(help: "Measurements of which the median counts.")
    var repetitions = 5

    @Flag(help: "Print a JSON line for each model and number of lanes.")
    var json = false

    private struct Line: Encodable {
        var model: String
        var profile: String
        var rates: Benchmark.Rates
    }

    func validate() throws {
        if promptTokens < 1 || generatedTokens < 1 || repetitions < 1 {
            throw ValidationError("--prompt-tokens, --generated-tokens and --repetitions are 1 or more")
        }
        if let lanes, laneNumbers.isEmpty {
            throw ValidationError("--lanes takes numbers from 1 to \(Limits.lanesPerWorker), as in 1,2, not '\(lanes)'")
        }
    }

    func run() async throws {
        do {
            for name in models { try await measure(name) }
        } catch {
            throw CommandFailure(error)
        }
    }

    private var laneNumbers: [Int] {
        guard let lanes else { return AvailableProcessors.count > 1 ? [1, AvailableProcessors.count] : [1] }
        let numbers = lanes.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        return numbers.allSatisfy { (1...Limits.lanesPerWorker).contains($0) } ? numbers : []
    }

    private func measure(_ name: String) async throws {
        let model =
            if let shape = BenchmarkShapes.configuration(named: name) {
                try Model(random: shape)
            } else if FileManager.default.fileExists(atPath: name) {
                try Model(directory: name)
            } else {
                throw CommandFailure(
                    "\(name) is neither a directory nor one of \(BenchmarkShapes.names.joined(separator: ", "))",
                    ExitStatus.noInput)
            }
        if !json {
            StandardOutput.write("\(name)  (\(model.profile))\n")
            StandardOutput.write(
                "lanes  prefill tok/s  scoring tok/s  decode tok/s  products GFLOP/s  of prefill  1024³ GFLOP/s\n")
        }
        for lanes in laneNumbers {
            let benchmark = Benchmark(
                lanes: lanes, promptTokens: promptTokens, generatedTokens: generatedTokens, repetitions: repetitions)
            let rates = try await benchmark.rates(of: model)
            StandardOutput.write(json ? try Self.json(name, model, rates) : Self.row(rates))
        }
    }

    private static func json(_ name: String, _ model: Model, _ rates: Benchmark.Rates) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(model: name, profile: model.profile.description, rates: rates)
        return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
    }

    private static func row(_ rates: Benchmark.Rates) -> String {
        let columns: [(value: String, width: Int)] = [
            ("\(rates.lanes)", 5), (Int(rates.prefillTokensPerSecond).grouped, 15),
            (Int(rates.scoredTokensPerSecond).grouped, 15), (Int(rates.decodeTokensPerSecond).grouped, 14),
            (Int(rates.projectionGigaflops).grouped, 18), ("\(Int(rates.productShare * 100))%", 12),
            (Int(rates.squareGigaflops).grouped, 15),
        ]
        return columns.map { String(repeating: " ", count: max(0, $0.width - $0.value.count)) + $0.value }.joined()
            + "\n"
    }
}
