import ArgumentParser
import Foundation

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine: tokens per second of models, results per second of a coordinator.",
        discussion: """
            Without a subcommand it measures models:

              longscan bench                             two shapes, random weights
              longscan bench DIR mamba-370m --lanes 1    options of 'bench model'
            """,
        subcommands: [BenchModelCommand.self, BenchCoordinatorCommand.self],
        defaultSubcommand: BenchModelCommand.self)

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
