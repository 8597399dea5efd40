public import ArgumentParser
import Benchmarks
import Coordination
import Foundation
import Inference
public import Jobs
import Kernels
import Passes

struct BenchModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Measure tokens per second on this machine, and the machine's rates that limit them.",
        discussion: """
            A model is a directory, or the name of a published shape, which gets random weights: \
            \(BenchmarkShapes.names.joined(separator: ", ")).

            Prefill reads 2,048 tokens as embedding does. Scoring also computes every token's probability. Decode N \
            generates after N documents at a time. Rates are medians, over all lanes together. Beside each rate is the \
            part of the limit that it reaches.

            The limit follows from the rates that the same run measures. It is the longer of two times: a token's \
            matrix products and exponentials at the rates of the kernels alone or, when decoding, the bytes of weights \
            and states at the rate of reading. --dtype bf16 rounds weights and inputs of the linear layers; states and \
            sums stay float32.
            """)

    @Argument(help: ArgumentHelp("Directories or names of shapes (mamba-130m mamba2-130m).", valueName: "model"))
    var models: [String] = ["mamba-130m", "mamba2-130m"]

    @Option(help: ArgumentHelp("Numbers of lanes to measure: 1,2 (one, and the processors).", valueName: "numbers"))
    var lanes: String?

    @Option(help: "Tokens read.")
    var promptTokens = 2048

    @Option(help: "Tokens generated after each document.")
    var generatedTokens = 32

    @Option(help: ArgumentHelp("Documents that a lane decodes together.", valueName: "numbers"))
    var batches = "1,8,32"

    @Option(help: "Data type of the factors in matrix products.")
    var dtype = Job.DataType.f32

    @Option(
        help: ArgumentHelp(
            "Libraries of products, measured in turn: panels, openBLAS (LONGSCAN_PRODUCTS, or the fastest).",
            valueName: "names"))
    var products: String?

    @Option(help: "Number of measurements; the median counts.")
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
        if productProviders.isEmpty {
            throw ValidationError("--products takes names, as in panels,openBLAS, not '\(products ?? "")'")
        }
        if batchNumbers.isEmpty {
            throw ValidationError(
                "--batches takes numbers from 1 to \(Self.largestBatch), as in 1,8,32, not '\(batches)'")
        }
    }

    func run() throws {
        try CommandFailure.catching {
            for name in models { try measure(name) }
        }
    }

    private var laneNumbers: [Int] {
        guard let lanes else { return AvailableProcessors.count > 1 ? [1, AvailableProcessors.count] : [1] }
        return Self.numbers(lanes, upTo: Limits.lanesPerWorker)
    }

    /// The providers of products; `nil` stands for the environment's choice, or the fastest. Empty if a name is
    /// unknown.
    private var productProviders: [ProductProvider?] {
        guard let products else { return [nil] }
        let providers = products.split(separator: ",", omittingEmptySubsequences: false)
            .map { ProductProvider(rawValue: String($0)) }
        return providers.contains(nil) ? [] : providers
    }

    private var batchNumbers: [Int] { Self.numbers(batches, upTo: Self.largestBatch) }

    private static var largestBatch: Int { CPUDevice().capacity.documentsPerPass }

    /// The numbers of a list; empty if one is no number or out of range.
    private static func numbers(_ list: String, upTo largest: Int) -> [Int] {
        let numbers = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        return numbers.allSatisfy { (1...largest).contains($0) } ? numbers : []
    }

    private func measure(_ name: String) throws {
        let models = try productProviders.map { product in
            if let shape = BenchmarkShapes.configuration(named: name) {
                return try Model(random: shape, dataType: DataType(dtype), product: product)
            }
            guard FileManager.default.fileExists(atPath: name) else {
                throw CommandFailure(
                    "\(name) is neither a directory nor one of \(BenchmarkShapes.names.joined(separator: ", "))",
                    ExitStatus.noInput)
            }
            return try Model(directory: name, dataType: DataType(dtype), product: product)
        }
        if !json {
            try StandardOutput.write(models.map { "\(name)  (\($0.profile))\n" }.joined())
            let columns = ["prefill", "scoring", "short"] + batchNumbers.map { "decode \($0)" }
            try StandardOutput.write(
                "products  lanes" + columns.map { BenchCommand.right($0 + " tok/s", 21) }.joined()
                    + "  product GFLOP/s  read GB/s  10⁹ exp/s\n")
        }
        for lanes in laneNumbers {
            let benchmark = Benchmark(
                lanes: lanes, promptTokens: promptTokens, generatedTokens: generatedTokens,
                batches: batchNumbers, repetitions: repetitions, runLanes: LaneThreads.run)
            for (model, rates) in zip(models, try benchmark.rates(of: models)) {
                try StandardOutput.write(json ? try Self.json(name, model, rates) : Self.row(rates))
            }
        }
    }

    private static func json(_ name: String, _ model: Model, _ rates: Benchmark.Rates) throws -> String {
        try PrintedJSON.line(Line(model: name, profile: model.profile, rates: rates))
    }

    private static func row(_ rates: Benchmark.Rates) -> String {
        let tokens = [rates.prefill, rates.scoring, rates.shortDocuments] + rates.decode.map(\.rate)
        let columns = tokens.map { rate in
            BenchCommand.right(Int(rate.tokensPerSecond).grouped, 15)
                + BenchCommand.right("\(Int((rate.fraction * 100).rounded()))%", 6)
        }
        return rates.product + BenchCommand.right("\(rates.lanes)", 15 - rates.product.count) + columns.joined()
            + BenchCommand.right(Int(rates.productGigaflops).grouped, 17)
            + BenchCommand.right(Int(rates.readGigabytes).grouped, 11)
            + BenchCommand.right(Int(rates.gigaexponentials).grouped, 11) + "\n"
    }
}

extension Job.DataType: ExpressibleByArgument {}
