import ArgumentParser
import Coordination
import Documents

/// The memory limits for reading documents.
struct ReadingOptions: ParsableArguments {
    private static let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]

    @Option(
        help: ArgumentHelp(
            "Memory for the window of a .zst file, such as 2G for one packed with --long=31 (LONGSCAN_MEMORY, 128M).",
            valueName: "bytes"))
    var memory: String?

    /// - Throws: `CommandFailure`.
    var limits: DocumentReader.Limits {
        get throws(CommandFailure) {
            var limits = DocumentReader.Limits()
            guard let text = memory ?? Environment.string("LONGSCAN_MEMORY") else { return limits }
            guard let bytes = Self.bytes(text) else {
                throw CommandFailure(
                    "--memory: a number of bytes belongs here, or one of K, M or G, as in 512M or 2G, not '\(text)'",
                    ExitStatus.usage)
            }
            limits.windowBytes = max(limits.windowBytes, bytes)
            return limits
        }
    }

    /// The options for a child process.
    var arguments: [String] { memory.map { ["--memory", $0] } ?? [] }

    /// The bytes in an option. The units of other programs are also accepted: `2GB`, `2GiB`.
    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).uppercased()
        guard let number = Int(digits), number > 0 else { return nil }
        if unit.isEmpty || unit == "B" { return number }
        guard let factor = unit.first.flatMap({ units[$0] }), ["", "B", "IB"].contains(unit.dropFirst()) else {
            return nil
        }
        let (bytes, isMore) = number.multipliedReportingOverflow(by: factor)
        return isMore ? nil : bytes
    }
}
