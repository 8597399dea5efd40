internal import Bytes
package import Checkpoints
internal import Crypto
internal import FoundationEssentials

/// Digests of models that were opened on this machine before, so that coordinator and workers need not read all weights
/// at every start.
///
/// What is remembered holds for files of one place, size, time of modification and time of change (stat(2)); files that
/// were changed since are read again. Files that changed a moment ago are not remembered: another change within the
/// same tick of the file system's clock could not be told from it (git's documentation, technical/racy-git).
public struct DigestCache: Sendable {
    /// Remembers nothing.
    public static let none = DigestCache(directory: nil)
    /// In the user's cache directory: `XDG_CACHE_HOME`, or `.cache` in `HOME`.
    public static let ofUser = DigestCache(environment: ProcessInfo.processInfo.environment)

    /// Smaller models are read in less than a tenth of a second.
    package static let smallestBytes = 64 << 20
    /// Longer than the tick of any file system's clock: FAT has 2 seconds.
    private static let settlingTime = 3.0
    /// Changed when what is checked before a digest is remembered changes.
    private static let format = "1"

    private let directory: String?
    private let smallest: Int
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - directory: where digests are kept, made when the first one comes; `nil`: nowhere.
    ///   - smallest: bytes from which on a model is remembered.
    ///   - now: seconds since 1970.
    package init(
        directory: String?, smallest: Int = smallestBytes,
        now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
    ) {
        self.directory = directory
        self.smallest = smallest
        self.now = now
    }

    init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let cache = value("XDG_CACHE_HOME") ?? value("HOME").map { $0 + "/.cache" }
        self.init(directory: cache.map { $0 + "/longscan/digests" })
    }

    /// The digest of files: as it is remembered, or as `compute` finds it.
    /// - Throws: `ModelError` when a file cannot be opened; what `compute` throws, and nothing is remembered then.
    package func digest(of paths: [String], _ compute: ([MappedFile]) throws -> String) throws -> String {
        let files = try paths.map(MappedFile.init(path:))
        guard let entry = entry(of: files) else { return try compute(files) }
        if let known = Self.digest(in: entry) { return known }
        let digest = try compute(files)
        // What was read is what lay there before and after.
        if try paths.map(MappedFile.init(path:)).map(\.identity) == files.map(\.identity), haveSettled(files) {
            remember(digest, in: entry)
        }
        return digest
    }

    /// The path of what is remembered of files; `nil` if nothing is.
    private func entry(of files: [MappedFile]) -> String? {
        guard let directory, files.reduce(0, { $0 + $1.count }) >= smallest else { return nil }
        var text = Self.format + "\n"
        for file in files {
            guard let identity = file.identity else { return nil }
            text += "\(identity.device) \(identity.inode) \(identity.size) \(identity.modified) \(identity.changed) "
            text += file.path + "\u{0}"
        }
        return directory + "/" + Hexadecimal.text(of: SHA256.hash(data: Array(text.utf8)))
    }

    private static func digest(in entry: String) -> String? {
        guard let data = FileManager.default.contents(atPath: entry) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        let digits = text.dropFirst("sha256:".count)
        let isWhole = text.hasPrefix("sha256:") && digits.count == 64 && digits.allSatisfy(\.isHexDigit)
        return isWhole ? text : nil
    }

    private func haveSettled(_ files: [MappedFile]) -> Bool {
        let latest = now() - Self.settlingTime
        return files.allSatisfy { file in
            file.identity.map { Double(max($0.modified, $0.changed)) * 1e-9 < latest } ?? false
        }
    }

    /// Where that fails, the next start reads the files again.
    private func remember(_ digest: String, in entry: String) {
        guard let directory else { return }
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try? Data(digest.utf8).write(to: URL(filePath: entry), options: .atomic)
    }
}
