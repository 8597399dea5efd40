import ArgumentParser
import Coordination
import CoordinatorDaemon
import Foundation
import Logging
import ZeroMQ

/// The keys of a coordinator.
struct CoordinatorKeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The coordinator's secret key, as keygen writes it: NAME.key (LONGSCAN_KEY).", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("The keys that are let in; read again on SIGHUP (LONGSCAN_ALLOW).", valueName: "file"))
    var allow: String?

    @Flag(help: "Listen beyond loopback without keys: anybody who reaches the port may submit jobs and take work.")
    var insecure = false

    var allowPath: String? { allow ?? Environment.string("LONGSCAN_ALLOW") }

    /// - Throws: `CommandFailure`, also if other machines can reach the endpoint and no option says who may.
    func access(to endpoint: String) throws -> Access {
        // The command line comes before the environment, which may be meant for a client.
        let isInsecure = insecure && key == nil && allow == nil
        switch isInsecure ? (nil, nil) : (key ?? Environment.string("LONGSCAN_KEY"), allowPath) {
        case (let key?, let allow?):
            guard !insecure else {
                throw CommandFailure("--insecure and --key exclude each other", ExitStatus.usage)
            }
            try CurveCheck.requireCurve()
            return .keys(try KeyFile.keyPair(key).secretKey, try Self.allowList(allow))
        case (.some, nil) where key == nil:
            throw CommandFailure(
                "LONGSCAN_KEY is set, so this coordinator has a key, and needs --allow, the list of the keys that are "
                    + "let in; if the variable is meant for a client, begin the command with 'env -u LONGSCAN_KEY'",
                ExitStatus.usage)
        case (.some, nil):
            throw CommandFailure("--key needs --allow, the list of the keys that are let in", ExitStatus.usage)
        case (nil, .some):
            let name = allow == nil ? "LONGSCAN_ALLOW" : "--allow"
            throw CommandFailure("\(name) needs --key, the coordinator's secret key", ExitStatus.usage)
        case (nil, nil):
            guard try insecure || TCPEndpoint.isLoopback(endpoint) else {
                throw CommandFailure(
                    "\(endpoint) can be reached from other machines, and whoever reaches it could submit jobs: "
                        + "make keys with 'longscan keygen' and give --key and --allow; or say --insecure if every "
                        + "machine of that network is trusted",
                    ExitStatus.badConfiguration)
            }
            return .everybody
        }
    }

    /// - Throws: `CommandFailure` that names file and line.
    static func allowList(_ path: String) throws(CommandFailure) -> AllowList {
        let text = try KeyFile.contents(path)
        do throws(AllowList.ParseError) {
            return try AllowList(text, path: path)
        } catch {
            throw CommandFailure("\(error)", ExitStatus.badConfiguration)
        }
    }
}
