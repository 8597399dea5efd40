import Coordination
import Foundation
import JobFile
import Logging

/// The environment variables that replace missing options: `LONGSCAN_WORKERS` for `--workers`.
enum Environment {
    /// The names of all variables of this program. Commands read some, the arithmetic others.
    static let names = [
        "LONGSCAN_ALLOW", "LONGSCAN_BATCH", "LONGSCAN_BIND", "LONGSCAN_CHUNK_TOKENS", "LONGSCAN_COORDINATOR",
        "LONGSCAN_COORDINATOR_KEY", "LONGSCAN_INSTRUCTIONS", "LONGSCAN_KEY", "LONGSCAN_LANES", "LONGSCAN_LOG_LEVEL",
        "LONGSCAN_MEMORY", "LONGSCAN_MODEL_DIR", "LONGSCAN_PRODUCTS", "LONGSCAN_SNAPSHOT_CHUNKS",
        "LONGSCAN_SNAPSHOT_SECONDS",
        "LONGSCAN_STATE_DIR", "LONGSCAN_WORKERS",
    ]

    /// - Returns: `nil` also for an empty value, which a file of variables may have.
    static func string(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: `CommandFailure` if the value does not have the type.
    static func value<Value: LosslessStringConvertible>(
        _ name: String, _ type: Value.Type = Value.self
    ) throws(CommandFailure) -> Value? {
        guard let text = string(name) else { return nil }
        guard let value = Value(text) else {
            let kind = type == Int.self ? "whole number" : "number"
            throw CommandFailure("\(name) is '\(text)': a \(kind) belongs there, as in \(name)=4", ExitStatus.usage)
        }
        return value
    }

    /// The warnings about variables with misspelled names.
    static var misspellings: [String] {
        ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("LONGSCAN_") && !names.contains($0) }.sorted()
            .compactMap { name in
                Spelling.nearest(to: name, among: names).map {
                    "the variable \(name) is unknown and changes nothing; did you mean \($0)?"
                }
            }
    }
}

enum Log {
    /// The logger of a daemon, which writes lines to standard error.
    static func logger(_ label: String, _ level: String?) throws(CommandFailure) -> Logger {
        let text = level ?? Environment.string("LONGSCAN_LOG_LEVEL") ?? "info"
        guard let level = Logger.Level(rawValue: text) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure("no log level '\(text)': one of \(levels) belongs here", ExitStatus.usage)
        }
        var logger = Logger(label: label) { LogLines(label: $0) }
        logger.logLevel = level
        return logger
    }
}
