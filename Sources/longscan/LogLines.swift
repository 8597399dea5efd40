import Foundation
import Jobs
import Logging
import Synchronization

/// The log lines on standard error: time, level, logger, message and metadata.
///
/// A line that standard error does not take at once is dropped, so that a full disk or a stopped pager stops no work.
/// The next line says how many are missing.
struct LogLines: LogHandler {
    private static let lost = Mutex(0)

    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        let time = Date.now.formatted(.iso8601)
        let line = "\(time) \(event.level) \(label):\(details) \(event.message)".printable + "\n"
        Self.lost.withLock { lost in
            let before = lost == 0 ? "" : "\(time) warning \(label): \(lost) log lines before this one are lost\n"
            lost = StandardError.offer(before + line) ? 0 : lost + 1
        }
    }
}
