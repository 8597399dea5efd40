import ArgumentParser
import Coordination
import ZeroMQ

/// The keys of a worker or client.
struct ClientKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Own secret key, as keygen writes it: NAME.key (LONGSCAN_KEY).", valueName: "file"))
    var key: String?

    // One key of 85 begins with a dash.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The coordinator's public key: NAME.pub, or the 40 characters (LONGSCAN_COORDINATOR_KEY).",
            valueName: "file or key"))
    var coordinatorKey: String?

    /// - Returns: `nil` if no keys are given.
    /// - Throws: `CommandFailure`.
    func keys() throws -> ClientKeys? {
        let key = key ?? Environment.string("LONGSCAN_KEY")
        let coordinatorKey = coordinatorKey ?? Environment.string("LONGSCAN_COORDINATOR_KEY")
        switch (key, coordinatorKey) {
        case (nil, nil):
            return nil
        case (let key?, let coordinatorKey?):
            try CurveCheck.requireCurve()
            return ClientKeys(try KeyFile.keyPair(key), serverKey: try KeyFile.publicKey(coordinatorKey))
        case (.some, nil):
            let name = self.key == nil ? "LONGSCAN_KEY" : "--key"
            throw CommandFailure("\(name) needs --coordinator-key, the coordinator's public key", ExitStatus.usage)
        case (nil, .some):
            let name = self.coordinatorKey == nil ? "LONGSCAN_COORDINATOR_KEY" : "--coordinator-key"
            throw CommandFailure("\(name) needs --key, this side's secret key", ExitStatus.usage)
        }
    }
}
