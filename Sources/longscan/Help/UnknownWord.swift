import ArgumentParser
import Coordination
import JobFile

/// An unknown command or option, and the advice which one may be meant.
enum UnknownWord {
    /// - Parameter arguments: the arguments of the program.
    /// - Throws: `CommandFailure` if the command, or the argument of `help`, is unknown.
    static func refuse(in arguments: [String]) throws(CommandFailure) {
        guard let first = arguments.first, !first.hasPrefix("-") else { return }
        guard first == "help" else { return try check(first, among: names(of: Longscan.self) + ["help"]) }
        var command: any ParsableCommand.Type = Longscan.self
        for name in arguments.dropFirst() where !name.hasPrefix("-") {
            try check(name, among: names(of: command) + (command == Longscan.self ? ["job", "help"] : []))
            command = command.configuration.subcommands.first { $0._commandName == name } ?? command
        }
    }

    /// The failure for an option that the parser did not know.
    /// - Returns: `nil` for an error of another kind.
    static func failure(_ error: any Error, _ arguments: [String]) -> CommandFailure? {
        let message = Longscan.message(for: error)
        guard let option = message.wholeMatch(of: /(?s)Unknown option '(--?[^']+)'.*/)?.1 else { return nil }
        var command: any ParsableCommand.Type = Longscan.self
        for name in arguments {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == name }) else { break }
            command = next
        }
        let help = Longscan.helpMessage(for: command, columns: 200)
        let known = help.split(separator: "\n").filter { $0.drop { $0 == " " }.hasPrefix("-") }
            .compactMap { $0.firstMatch(of: /--[a-z][a-z\-]*/).map { String($0.0) } }
        let meant = Spelling.nearest(to: String(option), among: known).map { "; did you mean '\($0)'?" } ?? ";"
        let name = command == Longscan.self ? "" : " " + command._commandName
        return CommandFailure(
            "unknown option '\(option)'\(meant) 'longscan help\(name)' tells all of them", ExitStatus.usage)
    }

    private static func check(_ name: String, among known: [String]) throws(CommandFailure) {
        guard !known.contains(name) else { return }
        let isJobFile = [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
        let meant = isJobFile ? "run \(name)" : Spelling.nearest(to: name, among: known)
        let all = known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))"
        let advice = meant.map { "; did you mean '\($0)'?" } ?? all
        throw CommandFailure("there is no command '\(name)'\(advice)", ExitStatus.usage)
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.map { $0._commandName }
    }
}
