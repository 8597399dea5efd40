import Coordination
import Foundation
import JobFile
import Logging

/// Values that take the place of options which were not given: `LONGSCAN_WORKERS` for `--workers`.
enum Environment {
    /// Variables of this program: commands read some, the arithmetic others.
    static let names = [
        "LONGSCAN_ALLOW", "LONGSCAN_BATCH", "LONGSCAN_BIND", "LONGSCAN_CHUNK_TOKENS", "LONGSCAN_COORDINATOR",
        "LONGSCAN_COORDINATOR_KEY", "LONGSCAN_INSTRUCTIONS", "LONGSCAN_KEY", "LONGSCAN_LANES", "LONGSCAN_LOG_LEVEL",
        "LONGSCAN_MEMORY", "LONGSCAN_MODEL_DIR", "LONGSCAN_PRODUCTS", "LONGSCAN_SNAPSHOT_CHUNKS",
        "LONGSCAN_SNAPSHOT_SECONDS",
        "LONGSCAN_STATE_DIR", "LONGSCAN_WORKERS",
    ]

    /// - Returns: `nil` for an empty value too, as a file of variables has it whose value is not filled in.
    static func string(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: `CommandFailure` for a value that is not of the type.
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

    /// What to say of variables that look like one of these and are none.
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
    /// A logger for a daemon: lines on standard error.
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
