import ArgumentParser
import Checkpoints
import Coordination
import Foundation
import Inference
import ModelFiles
import Passes
import Tokenization

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Describe a model: family, sizes, digest, and the size of a document's state.")

    @Argument(
        help: ArgumentHelp(
            "The model's directory, or the id of one in the local Hugging Face cache (owner/name).",
            valueName: "directory"))
    var model: String

    @Flag(
        help: "List every tensor that is missing, left over, misshapen or not finite; the default names the first.")
    var verify = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Report: Encodable {
        var directory: String
        var family: String
        var hiddenSize: Int
        var layers: Int
        /// The state size; `nil` if layers differ or have none. The next two members are like it.
        var dState: Int?
        var dInner: Int?
        var convKernel: Int?
        var vocabularySize: Int
        var paddedVocabularySize: Int
        var parameters: Int
        /// The count of numbers of each type in the files.
        var storedAs: [String: Int]
        var stateBytesPerDocument: Int
        /// The names of the files with weights.
        var files: [String]
        var hasTokenizer: Bool
        var hasHead: Bool
        var digest: String
    }

    func run() throws {
        try CommandFailure.catching {
            // The report of all problems replaces the check that stops at the first.
            let directory = try ModelLocation.directory(model)
            let files = try ModelFiles(directory: directory, checksWeights: !verify)
            if verify { try Self.refuseProblems(of: files) }
            // Loading checks that the weights have the configuration's shapes.
            _ = try Model(files: files)
            let report = try Self.report(files)
            try StandardOutput.write(json ? try PrintedJSON.page(report) : Self.table(report))
            if verify { try StandardOutput.write("every weight was read: all are there, of their shape, and finite\n") }
        }
    }

    private static func refuseProblems(of files: ModelFiles) throws {
        let problems = files.weightProblems()
        guard let last = problems.last else { return }
        for problem in problems.dropLast() { StandardError.write("longscan: \(problem)\n") }
        throw last
    }

    private static func report(_ files: ModelFiles) throws -> Report {
        let configuration = files.configuration
        let numbers = files.checkpoint.source.storedNumbers
        return Report(
            directory: files.directory, family: configuration.family, hiddenSize: configuration.hiddenSize,
            layers: configuration.layers.count, dState: configuration.size("d_state"),
            dInner: configuration.size("d_inner"), convKernel: configuration.size("conv_kernel"),
            vocabularySize: configuration.vocabularySize, paddedVocabularySize: configuration.paddedVocabularySize,
            parameters: numbers.values.reduce(0, +), storedAs: numbers,
            stateBytesPerDocument: configuration.stateBytes(afterTokens: 0),
            files: files.checkpoint.files.map { $0.split(separator: "/").last.map(String.init) ?? $0 },
            hasTokenizer: files.tokenizer != nil, hasHead: files.hasHead, digest: files.digest)
    }

    private static func table(_ report: Report) -> String {
        let padding = report.paddedVocabularySize - report.vocabularySize
        let sizes: [(String, Int?)] = [
            ("d_model", report.hiddenSize), ("d_inner", report.dInner), ("d_state", report.dState),
            ("conv kernel", report.convKernel),
        ]
        let rows = [
            ("family", report.family),
            (
                "layers",
                "\(report.layers) of "
                    + sizes.compactMap { name, size in size.map { "\(name) \($0)" } }.joined(separator: ", ")
            ),
            ("vocabulary", "\(report.vocabularySize.grouped)" + (padding > 0 ? " and \(padding) rows of padding" : "")),
            ("parameters", report.parameters.grouped),
            (
                "stored as",
                report.storedAs.sorted { $0.key < $1.key }.map { "\($0.value.grouped) \($0.key)" }
                    .joined(separator: ", ")
            ),
            ("files", report.files.joined(separator: ", ")),
            ("state", "\(report.stateBytesPerDocument.grouped) bytes for each document"),
            ("tokenizer", report.hasTokenizer ? "tokenizer.json" : "none: documents come as tokens"),
            ("head", report.hasHead ? "there" : "none: embeddings alone"),
            ("digest", report.digest),
        ]
        return rows.map { $0.0.padding(toLength: 12, withPad: " ", startingAt: 0) + $0.1 + "\n" }.joined()
    }
}
