import ArgumentParser
import Coordination
import Glibc
import JobRuns
import Jobs
import Kernels

@main
struct Longscan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "longscan",
        abstract: "Runs Mamba language models over documents of any length, on as many machines as there are.",
        discussion: """
            A job file (YAML) names a task (embed, generate or score), a model and documents. The rows go to a JSONL \
            file. You can stop every command at any time; the same command goes on where it was.

              longscan run job.yaml               everything on this machine
              longscan help job                   the keys of a job file

            Several machines, each with a key of its own:

              longscan keygen --output NAME
              longscan coordinator --bind tcp://0.0.0.0:5555 \\
                  --key HOST.key --allow allow.txt
              longscan worker --connect tcp://HOST:5555 \\
                  --key NAME.key --coordinator-key HOST.pub
              longscan submit job.yaml --coordinator tcp://HOST:5555 \\
                  --key NAME.key --coordinator-key HOST.pub

            The command line comes before the environment (LONGSCAN_WORKERS for --workers; each command's help names \
            its variables), the environment before the job file, and the job file before the defaults.

            Exit status: 0 done; 1 failed; 2 done with error rows; 64 usage; 65 bad job or data; 66 no input; \
            69 no coordinator; 73, 74 output; 75 try again; 77 not allowed; 78 bad configuration; 130, 143 by signal.
            """,
        version: ProgramVersion.text,
        subcommands: [
            RunCommand.self, CoordinatorCommand.self, WorkerCommand.self, SubmitCommand.self, StatusCommand.self,
            ModelCommand.self, TokenizeCommand.self, BenchCommand.self, SelftestCommand.self,
            KeygenCommand.self,
        ])

    static func main() {
        StandardDescriptors.open()
        IgnoredSignals.ignore()
        MemoryShortage.report { bytes in
            StandardError.write(
                "longscan: no memory for \(bytes.grouped) bytes more: try again with fewer lanes or more memory\n")
            _exit(ExitStatus.tryAgain)
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments == ["help", "job"] { return try StandardOutput.write(JobFileHelp.text) }
            try UnknownWord.refuse(in: arguments)
            // A child process has the variables of its parent, which has warned already.
            if !arguments.contains("--exit-with-parent") {
                for misspelling in Environment.misspellings { StandardError.write("longscan: \(misspelling)\n") }
            }
            var command = try parseAsRoot()
            try AddressSpace.check()
            try command.run()
        } catch {
            guard let failure = error as? CommandFailure ?? UnknownWord.failure(error, arguments) else {
                exit(withError: error)
            }
            if !failure.message.isEmpty { StandardError.write("longscan: \(failure.message.printable)\n") }
            exit(withError: ExitCode(failure.exitStatus))
        }
    }
}
