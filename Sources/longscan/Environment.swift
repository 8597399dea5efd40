import Coordination
import Foundation
import Logging

/// Values that take the place of options which were not given: `LONGSCAN_WORKERS` for `--workers`.
enum Environment {
    static func string(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    /// - Throws: `CommandFailure` for a value that is not of the type.
    static func value<Value: LosslessStringConvertible>(
        _ name: String, _ type: Value.Type = Value.self
    ) throws(CommandFailure) -> Value? {
        guard let text = string(name) else { return nil }
        guard let value = Value(text) else {
            throw CommandFailure("\(name) is '\(text)', which is no \(type)", ExitStatus.usage)
        }
        return value
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

/// How many lanes fit this machine: its processors, or the part of them that the container may use (cgroup v2,
/// `cpu.max`; docs.kernel.org/admin-guide/cgroup-v2.html).
enum AvailableProcessors {
    static var count: Int {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else {
            return processors
        }
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 2, numbers[1] > 0 else { return processors }
        return max(1, min(processors, Int(numbers[0] / numbers[1])))
    }
}
