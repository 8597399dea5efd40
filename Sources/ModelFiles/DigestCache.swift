internal import Bytes
package import Checkpoints
internal import Crypto
internal import FoundationEssentials

/// The digests of models that were opened on this machine before. With them, coordinator and workers need not read all
/// weights at every start.
///
/// A digest holds for files of the same place, size, time of modification and time of change (stat(2)). Changed files
/// are read again. Files that changed a moment ago are not remembered: the file system's clock could not tell another
/// change within the same tick (git's documentation, technical/racy-git).
public struct DigestCache: Sendable {
    /// A cache that remembers nothing.
    public static let none = DigestCache(directory: nil)
    /// The cache in the user's cache directory: `XDG_CACHE_HOME`, or `.cache` in `HOME`.
    public static let ofUser = DigestCache(environment: ProcessInfo.processInfo.environment)

    /// The size from which on models are remembered. Smaller ones are read in less than a tenth of a second.
    package static let smallestBytes = 64 << 20
    /// The age in seconds at which a change is safe to remember. It exceeds the tick of any file system's clock; that
    /// of FAT is 2 seconds.
    private static let settlingTime = 3.0
    /// The version of the entries. It changes when the checks before an entry change.
    private static let format = "1"

    private let directory: String?
    private let smallest: Int
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - directory: the directory of the digests, made with the first one; `nil`: nothing is remembered.
    ///   - smallest: the bytes from which on a model is remembered.
    ///   - now: the time in seconds since 1970.
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

    /// The digest of files, remembered or computed.
    /// - Throws: `ModelError` when a file cannot be opened; the error of `compute`, and nothing is remembered then.
    package func digest(of paths: [String], _ compute: ([MappedFile]) throws -> String) throws -> String {
        let files = try paths.map(MappedFile.init(path:))
        guard let entry = entry(of: files) else { return try compute(files) }
        if let known = Self.digest(in: entry) { return known }
        let digest = try compute(files)
        // Files replaced during the reading must not be remembered.
        if try paths.map(MappedFile.init(path:)).map(\.identity) == files.map(\.identity), haveSettled(files) {
            remember(digest, in: entry)
        }
        return digest
    }

    /// The path of the digest of files; `nil` if nothing is remembered.
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

    /// Remembers a digest. On a failure, the next start reads the files again.
    private func remember(_ digest: String, in entry: String) {
        guard let directory else { return }
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try? Data(digest.utf8).write(to: URL(filePath: entry), options: .atomic)
    }
}
