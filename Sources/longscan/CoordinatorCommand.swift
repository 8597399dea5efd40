import ArgumentParser
import Coordination
import CoordinatorDaemon
import Foundation
import Logging

struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator: it reads documents, hands out work and writes rows.",
        discussion: """
            Paths in jobs are paths on this machine. Workers need the models, nothing else. Connections are not \
            encrypted and nobody is asked who they are: off loopback, --insecure says that the network is trusted.
            """)

    @Option(
        help: ArgumentHelp(
            "Where to listen (tcp://127.0.0.1:5555); * as port lets the system choose.", valueName: "endpoint"))
    var bind: String?

    @Option(help: ArgumentHelp("Where accepted jobs are remembered (~/.local/state/longscan).", valueName: "directory"))
    var stateDir: String?

    @Flag(help: "Listen off loopback although anybody who reaches the port may submit jobs and take work.")
    var insecure = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical (info).", valueName: "level"))
    var logLevel: String?

    @OptionGroup(title: "Snapshots")
    var snapshots: SnapshotOptions

    @Flag(help: .hidden)
    var ephemeral = false

    @Flag(help: .hidden)
    var printEndpoint = false

    @Flag(help: .hidden)
    var exitWithParent = false

    func run() throws {
        try CommandFailure.catching {
            let endpoint = bind ?? Environment.string("LONGSCAN_BIND") ?? "tcp://127.0.0.1:5555"
            let logger = try Log.logger("coordinator", logLevel)
            if !Self.isLoopback(endpoint) {
                guard insecure else {
                    throw CommandFailure(
                        "\(endpoint) can be reached from other machines, and whoever reaches it may submit jobs: "
                            + "say --insecure if every machine of that network is trusted",
                        ExitStatus.badConfiguration)
                }
                logger.warning("anybody who reaches the port may submit jobs and take work")
            }
            let coordinator = try CoordinatorDaemon(
                bind: endpoint, stateDirectory: ephemeral ? nil : stateDirectory,
                snapshots: try snapshots.policy, logger: logger)
            if printEndpoint { StandardOutput.write(coordinator.endpoint + "\n") }
            logger.info("listening", metadata: ["endpoint": "\(coordinator.endpoint)"])
            let stop = coordinator.stopSwitch
            let signals = Signals { _ in stop.stop() }
            if exitWithParent { ParentWatch.onParentExit { stop.stop() } }
            try withExtendedLifetime(signals) { try coordinator.run() }
        }
    }

    private var stateDirectory: String {
        if let directory = stateDir ?? Environment.string("LONGSCAN_STATE_DIR") { return directory }
        let state =
            Environment.string("XDG_STATE_HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
            + "/.local/state"
        return state + "/longscan"
    }

    private static func isLoopback(_ endpoint: String) -> Bool {
        ["tcp://127.", "tcp://localhost:", "tcp://lo:", "tcp://[::1]:", "ipc://"].contains { endpoint.hasPrefix($0) }
    }
}
