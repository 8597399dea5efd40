import ArgumentParser
import Coordination
import CoordinatorDaemon
import Documents
import Foundation
import JobFile
import JobRuns
import Logging
import Synchronization
import ZeroMQ

struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator: it reads documents, hands out work and writes rows.",
        discussion: """
            Paths in jobs are paths on this machine. Workers need only the models.

            With --key and --allow connections are encrypted, and only the owners of the keys on the list are let in. \
            The list has a line for each key: its roles (worker: take work; client: submit jobs, ask for the status; \
            worker,client: both), a name, the public key. # begins a comment.

              worker         host-b  Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID
              worker,client  host-c  rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7  # May

            On SIGHUP the coordinator reads the list again. A key that was removed is refused at once, and its work \
            goes to others. A list with a mistake changes nothing. Beyond loopback the coordinator needs keys, or \
            --insecure if every machine of the network is trusted.

            Jobs of clients read inputs and models below --input-root and write rows below --output-root; the targets \
            of symbolic links count. Without these options, a coordinator beyond loopback lets jobs read \
            and write only in jobs/ of its --state-dir; on loopback they may do what its user may.
            """)

    @Option(
        help: ArgumentHelp(
            "Address to listen on (LONGSCAN_BIND, tcp://127.0.0.1:5555); with port * the system chooses one.",
            valueName: "endpoint"))
    var bind: String?

    @Option(
        help: ArgumentHelp(
            "Directory that keeps accepted jobs (LONGSCAN_STATE_DIR, ~/.local/state/longscan).", valueName: "directory")
    )
    var stateDir: String?

    @Option(
        help: ArgumentHelp(
            "Directory of inputs and models for jobs; may be repeated (jobs/ of the state directory; on loopback: "
                + "anywhere).", valueName: "directory"))
    var inputRoot: [String] = []

    @Option(
        help: ArgumentHelp(
            "Directory for rows of jobs; may be repeated (jobs/ of the state directory; on loopback: anywhere).",
            valueName: "directory"))
    var outputRoot: [String] = []

    @OptionGroup var keys: CoordinatorKeyOptions

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical (LONGSCAN_LOG_LEVEL, info).", valueName: "level"))
    var logLevel: String?

    @OptionGroup(title: "Snapshots")
    var snapshots: SnapshotOptions

    @OptionGroup(title: "Reading")
    var reading: ReadingOptions

    @Flag(help: .hidden)
    var ephemeral = false

    @Flag(help: .hidden)
    var printEndpoint = false

    @Flag(help: .hidden)
    var exitWithParent = false

    func run() throws {
        try CommandFailure.catching {
            // The watch starts before anything that may wait for missing resources.
            let parent = exitWithParent ? try ParentWatch() : nil
            let endpoint = bind ?? Environment.string("LONGSCAN_BIND") ?? "tcp://127.0.0.1:5555"
            let logger = try Log.logger("coordinator", logLevel)
            let access = try keys.access(to: endpoint)
            DescriptorLimit.raise()
            if case .everybody = access, try !TCPEndpoint.isLoopback(endpoint) {
                logger.warning("anybody who reaches the port may submit jobs and take work, and nothing is encrypted")
            }
            if !ephemeral { try StateDirectory.check(stateDirectory) }
            defer { if ephemeral { PrivateEndpoint.remove(endpoint) } }
            // The signal thread starts before there is a database to close.
            let stop = Mutex<CoordinatorDaemon.StopSwitch?>(nil)
            let signals = try Signals { number in
                guard let stop = stop.withLock({ $0 }) else { _exit(128 + number) }
                stop.stop()
            }
            let coordinator = try CoordinatorDaemon(
                bind: endpoint, access: access, roots: try roots(at: endpoint),
                stateDirectory: ephemeral ? nil : stateDirectory, snapshots: try snapshots.policy,
                reading: try reading.limits, logger: logger)
            if printEndpoint { try StandardOutput.write(coordinator.endpoint + "\n") }
            logger.info("listening", metadata: ["endpoint": "\(coordinator.endpoint)"])
            let switchOff = coordinator.stopSwitch
            stop.withLock { $0 = switchOff }
            let reload = try keys.allowPath.map { path in
                let list = coordinator.allowListSwitch
                return try HangupSignal {
                    do throws(CommandFailure) {
                        list.use(try CoordinatorKeyOptions.allowList(path))
                    } catch {
                        logger.error("the allow-list stays as it was", metadata: ["reason": "\(error.message)"])
                    }
                }
            }
            parent?.onParentExit { switchOff.stop() }
            try withExtendedLifetime((signals, reload)) { try coordinator.run() }
        }
    }

    /// - Throws: `FileError` if a root does not exist.
    private func roots(at endpoint: String) throws -> Roots {
        var standard: [String]?
        if try !TCPEndpoint.isLoopback(endpoint) {
            let directory = AbsolutePath.of(stateDirectory + "/jobs", in: FileManager.default.currentDirectoryPath)
            try createDirectories(directory)
            standard = [directory]
        }
        return try Roots(
            inputs: inputRoot.isEmpty ? standard : inputRoot, outputs: outputRoot.isEmpty ? standard : outputRoot)
    }

    private var stateDirectory: String {
        if let directory = stateDir ?? Environment.string("LONGSCAN_STATE_DIR") { return directory }
        let state =
            Environment.string("XDG_STATE_HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
            + "/.local/state"
        return state + "/longscan"
    }
}
