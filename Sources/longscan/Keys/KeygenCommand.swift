import ArgumentParser
import Coordination
import Documents
import Foundation
import ZeroMQ

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make a pair of keys for a coordinator, a worker or a client.",
        discussion: """
            Writes NAME.key, the secret key, and NAME.pub, the public key. Only its owner can read the secret key, and \
            it stays on its machine. Every machine gets a pair of its own. Existing files are not overwritten.

              longscan keygen --output keys/host-a

            It prints how to use the pair for a coordinator, a worker and a client.

            A key file has one line, 'secret KEY' or 'public KEY'. The key has 40 characters of Z85 (ZeroMQ RFC 32). \
            Lines that begin with # name its owner. The coordinator takes its secret key as --key and the public keys \
            of workers and clients in its list --allow. Workers and clients take their own secret key as --key and the \
            coordinator's public key as --coordinator-key.
            """)

    @Option(help: ArgumentHelp("Path of the pair, without .key and .pub (this machine's name).", valueName: "name"))
    var output: String?

    func run() throws {
        try CommandFailure.catching {
            try CurveCheck.requireCurve()
            let output = output ?? ProcessInfo.processInfo.hostName
            let name = URL(filePath: output).lastPathComponent
            guard !output.hasSuffix("/"), !name.isEmpty, !name.contains(where: \.isWhitespace) else {
                throw CommandFailure(
                    "--output: a name without white space belongs here, as in keys/host-b, not '\(output)'",
                    ExitStatus.usage)
            }
            let (secretPath, publicPath) = (output + ".key", output + ".pub")
            for path in [secretPath, publicPath] where FileManager.default.fileExists(atPath: path) {
                throw CommandFailure(
                    "\(path) exists and is not overwritten: choose another --output, or remove it",
                    ExitStatus.cannotCreateOutput)
            }
            let pair = try Curve.KeyPair.generate()
            try NewFile.write(KeyFile.text(secret: pair.secretKey, of: name), to: secretPath, isSecret: true)
            try NewFile.write(KeyFile.text(public: pair.publicKey, of: name), to: publicPath, isSecret: false)
            try StandardOutput.write(
                """
                \(secretPath)  the secret key: --key of \(name), on this machine alone
                \(publicPath)  the public key

                What \(name) is for says what to do next.

                The coordinator: start it with --key \(secretPath) and --allow LIST;
                workers and clients get a copy of \(publicPath) as --coordinator-key.

                Otherwise one of these lines goes into the coordinator's LIST, and the
                coordinator reads it again on SIGHUP. A worker, which computes:

                worker  \(name)  \(pair.publicKey)

                A client, which submits jobs and asks for their status:

                client  \(name)  \(pair.publicKey)

                Both:

                worker,client  \(name)  \(pair.publicKey)

                """)
        }
    }
}
