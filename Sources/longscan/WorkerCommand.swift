import ArgumentParser
import Coordination
import Foundation
import Inference
import Jobs
import Passes
import WorkerDaemon

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a worker: it does the work that a coordinator gives it.",
        discussion: """
            A worker may come and go at any time; another one does its work again. It looks for a job's model by name \
            in --model-dir, else at the coordinator's path, and uses no other model. A model of the Hugging Face hub \
            may be in --model-dir as in a hub cache, as owner/name or as name.

            A coordinator with keys lets in workers whose public keys are on its allow-list (longscan keygen --help).

              longscan worker --connect tcp://HOST:5555 --model-dir /models \\
                  --key NAME.key --coordinator-key HOST.pub

            Without --lanes a worker uses all processors of the machine, or those that its container or service may \
            use. Several workers on one machine share them: give each its --lanes.
            """)

    @Option(help: ArgumentHelp("The coordinator, tcp://HOST:PORT (LONGSCAN_COORDINATOR).", valueName: "endpoint"))
    var connect: String?

    @OptionGroup var keys: ClientKeyOptions

    @Option(help: "Lanes: compute threads with documents of their own (LONGSCAN_LANES, the processors).")
    var lanes: Int?

    @Option(
        help: ArgumentHelp(
            "Documents that a lane works on side by side when they are short or generate "
                + "(LONGSCAN_BATCH, \(Limits.documentsPerLane)).", valueName: "documents"))
    var batch: Int?

    @Option(help: ArgumentHelp("Directory of models on this machine (LONGSCAN_MODEL_DIR).", valueName: "directory"))
    var modelDir: String?

    @Option(
        help: ArgumentHelp(
            "Data types of the jobs that this worker takes (f32,bf16); it refuses others.", valueName: "types"))
    var dtype: String?

    @Option(help: "Name of this worker in logs and status (host and process).")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical (LONGSCAN_LOG_LEVEL, info).", valueName: "level"))
    var logLevel: String?

    @Flag(help: .hidden)
    var exitWithParent = false

    /// The data types of the option; empty if one is unknown.
    private var dataTypes: Set<Job.DataType> {
        guard let dtype else { return Set(Job.DataType.allCases) }
        let types = dtype.split(separator: ",", omittingEmptySubsequences: false).map {
            Job.DataType(rawValue: String($0))
        }
        return types.contains(nil) ? [] : Set(types.compactMap(\.self))
    }

    func validate() throws {
        if dataTypes.isEmpty {
            throw ValidationError("--dtype takes f32, bf16 or f32,bf16, not '\(dtype ?? "")'")
        }
    }

    func run() throws {
        try CommandFailure.catching {
            // The worker ends at once, in the middle of its work: no process is left that could take the result.
            let parent = exitWithParent ? try ParentWatch() : nil
            guard let endpoint = connect ?? Environment.string("LONGSCAN_COORDINATOR") else {
                throw CommandFailure("name the coordinator: --connect tcp://HOST:PORT", ExitStatus.usage)
            }
            let models = modelDir ?? Environment.string("LONGSCAN_MODEL_DIR")
            if let models { try ModelLocation.checkFolder(models) }
            let lanes = try lanes ?? Environment.value("LONGSCAN_LANES") ?? AvailableProcessors.count
            guard (1...Limits.lanesPerWorker).contains(lanes) else {
                throw CommandFailure(
                    "a worker has 1 to \(Limits.lanesPerWorker) lanes, not \(lanes)", ExitStatus.usage)
            }
            let device = CPUDevice()
            let largest = device.capacity.documentsPerPass
            let batch = try batch ?? Environment.value("LONGSCAN_BATCH") ?? min(Limits.documentsPerLane, largest)
            guard (1...largest).contains(batch) else {
                throw CommandFailure(
                    "a lane works on 1 to \(largest) documents side by side, not \(batch)", ExitStatus.usage)
            }
            let worker = try WorkerDaemon(
                connect: endpoint, keys: try keys.keys(),
                name: name ?? "\(ProcessInfo.processInfo.hostName):\(getpid())", lanes: lanes, batch: batch,
                device: device, models: ModelPlaces(directory: models, cache: ModelLocation.cache),
                dataTypes: dataTypes, logger: try Log.logger("worker", logLevel))
            let stop = worker.stopSwitch
            let signals = try Signals { _ in stop.stop() }
            do {
                try withExtendedLifetime((signals, parent)) { try worker.run() }
            } catch let dismissal as WorkerDaemon.Dismissal {
                throw CommandFailure("\(dismissal)", dismissal.refused.reason.exitStatus)
            }
        }
    }
}
