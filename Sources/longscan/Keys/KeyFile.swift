import Coordination
import Foundation
import Jobs
import ZeroMQ

/// The form of key files: a line with the kind of the key and the key in Z85 (ZeroMQ RFC 32). Blank lines and lines
/// that begin with `#` are ignored.
enum KeyFile {
    enum Kind: String {
        case secret, `public`
    }

    /// - Parameter name: the name of the key's owner.
    static func text(secret key: Curve.SecretKey, of name: String) -> String {
        """
        # longscan: the secret key of \(name), for --key. Whoever has it is \(name): it stays on its machine.
        \(Kind.secret) \(key.z85)

        """
    }

    static func text(public key: Curve.PublicKey, of name: String) -> String {
        """
        # longscan: the public key of \(name), for allow-lists and --coordinator-key. It is no secret.
        \(Kind.public) \(key)

        """
    }

    /// - Throws: `CommandFailure`.
    static func keyPair(_ path: String) throws -> Curve.KeyPair {
        guard let key = Curve.SecretKey(try key(.secret, in: path)) else { throw noKey(.secret, path) }
        if let problem = SecretFile.problem(of: path) { throw CommandFailure(problem, ExitStatus.badConfiguration) }
        return try Curve.KeyPair(secretKey: key)
    }

    /// - Parameter argument: a path, or the key itself.
    /// - Throws: `CommandFailure`.
    static func publicKey(_ argument: String) throws(CommandFailure) -> Curve.PublicKey {
        if !FileManager.default.fileExists(atPath: argument), let key = Curve.PublicKey(argument) { return key }
        guard let key = Curve.PublicKey(try key(.public, in: argument)) else { throw noKey(.public, argument) }
        return key
    }

    /// The text of a file of keys.
    /// - Throws: `CommandFailure`.
    static func contents(_ path: String) throws(CommandFailure) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
            throw CommandFailure("\(path) \(reason)", ExitStatus.badConfiguration)
        }
        do throws(WrittenText.NotUTF8) {
            return try WrittenText.text(of: data)
        } catch {
            throw CommandFailure("\(path) \(error.message)", ExitStatus.badConfiguration)
        }
    }

    private static func key(_ kind: Kind, in path: String) throws(CommandFailure) -> String {
        let lines = try contents(path).split(whereSeparator: \.isNewline)
            .map { $0.split(whereSeparator: \.isWhitespace) }
            .filter { !$0.isEmpty && $0[0].first != "#" }
        guard lines.count == 1, lines[0].count == 2, let found = Kind(rawValue: String(lines[0][0])) else {
            throw noKey(kind, path)
        }
        guard found == kind else {
            let other = kind == .secret ? "the secret key (NAME.key)" : "the public key (NAME.pub)"
            throw CommandFailure(
                "\(path) holds a \(found) key: \(other) belongs here", ExitStatus.badConfiguration)
        }
        return String(lines[0][1])
    }

    private static func noKey(_ kind: Kind, _ path: String) -> CommandFailure {
        CommandFailure(
            "\(path) is no \(kind) key: one line '\(kind) KEY' belongs there, as 'longscan keygen' writes it",
            ExitStatus.badConfiguration)
    }
}
