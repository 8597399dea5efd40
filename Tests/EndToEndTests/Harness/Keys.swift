import Foundation
import TestSupport

/// Key files of a test's own, made by `longscan keygen`.
struct Keys {
    let directory: TemporaryDirectory

    /// - Parameter names: whose keys are made; the first is the coordinator.
    init(in directory: TemporaryDirectory, _ names: String...) throws {
        self.directory = directory
        for name in names {
            let ended = try Longscan.run(["keygen", "--output", "keys/\(name)"], in: directory.path)
            guard ended.status == 0 else { throw Failure("keygen: \(ended.errors)") }
        }
    }

    func secret(_ name: String) -> String { directory.path("keys/\(name).key") }
    func `public`(_ name: String) -> String { directory.path("keys/\(name).pub") }
    var allow: String { directory.path("allow") }

    /// The 40 characters of a public key.
    func text(_ name: String) throws -> String {
        let lines = try String(contentsOfFile: `public`(name), encoding: .utf8).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("public ") }) else { throw Failure("no key of \(name)") }
        return String(line.dropFirst("public ".count))
    }

    /// Writes the allow-list.
    func allow(_ entries: [(roles: String, name: String)]) throws {
        let lines = try entries.map { "\($0.roles) \($0.name) \(try text($0.name))\n" }
        try directory.write(lines.joined(), to: "allow")
    }

    /// Options of a coordinator.
    func coordinator(_ name: String) -> [String] { ["--key", secret(name), "--allow", allow] }

    /// Options of a worker or client.
    func peer(_ name: String, of coordinator: String) -> [String] {
        ["--key", secret(name), "--coordinator-key", `public`(coordinator)]
    }
}
