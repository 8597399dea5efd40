import ArgumentParser
import Coordination
import Foundation
import JobFile
import Jobs

/// The job files, and the changes to them from the command line.
struct JobOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Job files; 'longscan help job' explains them.", valueName: "job.yaml"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var jobs: [String]

    @Option(help: ArgumentHelp("File for the rows, instead of the job file's output.", valueName: "file.jsonl"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Tokens in one step: a multiple of 256 (LONGSCAN_CHUNK_TOKENS, 2048). It changes no result.",
            valueName: "tokens"))
    var chunkTokens: Int?

    @Option(name: .customLong("set"), help: ArgumentHelp("Set any job field: generate.seed=7.", valueName: "key=value"))
    var fields: [String] = []

    func validate() throws {
        if jobs.isEmpty { throw ValidationError("name a job file, as in 'longscan run job.yaml'") }
        if output != nil, jobs.count > 1 { throw ValidationError("--output goes with one job file") }
        if let field = fields.first(where: { JobFile.Override($0) == nil }) {
            throw ValidationError("--set takes key=value, as in --set generate.seed=7, not '\(field)'")
        }
    }

    /// The checked jobs. Standard input is still the path `-`.
    /// - Parameter areModelsHere: whether the jobs run on this machine. If so, a model that is not here is an error.
    /// - Throws: `JobFileError`, `CommandFailure`.
    func resolved(areModelsHere: Bool = true) throws -> [Job] {
        let directory = FileManager.default.currentDirectoryPath
        // The last value wins.
        let variable: Int? = chunkTokens == nil ? try Environment.value("LONGSCAN_CHUNK_TOKENS") : nil
        let overrides =
            Self.overrides(variable, "LONGSCAN_CHUNK_TOKENS") + fields.compactMap { JobFile.Override($0) }
            + Self.overrides(chunkTokens, "--chunk-tokens")
        return try jobs.map { path in
            var job = try JobFile.job(at: path, currentDirectory: directory, overrides: overrides) {
                (name, path) throws(JobFile.ModelNotFound) in
                try ModelLocation.directory(name, path: path, isHere: areModelsHere)
            }
            if let output {
                guard output.hasSuffix(".jsonl") else {
                    throw CommandFailure("--output: the name must end in .jsonl, not '\(output)'", ExitStatus.usage)
                }
                if let hint = AbsolutePath.shellWord(in: output, of: directory) {
                    throw CommandFailure("--output: \(hint)", ExitStatus.usage)
                }
                job.output = AbsolutePath.of(output, in: directory)
            }
            return job
        }
    }

    private static func overrides(_ chunkTokens: Int?, _ name: String) -> [JobFile.Override] {
        [chunkTokens.flatMap { JobFile.Override("chunk_tokens=\($0)", name: name) }].compactMap(\.self)
    }
}
