internal import FoundationEssentials
public import Jobs

/// The cache of huggingface_hub on this machine (huggingface.co/docs/huggingface_hub/guides/manage-cache). In
/// `models--owner--name`, the file `refs/main` holds a commit, and `snapshots/` holds a directory for each commit.
public struct HubCache: Sendable {
    /// The cache's directory; `nil` if no variable gives it, not even `HOME`.
    public let directory: String?

    /// - Parameter environment: the variables `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME` and
    ///   `HOME`, in this order of precedence (huggingface_hub's `constants.py`).
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            guard value == "~" || value.hasPrefix("~/"), let home = environment["HOME"] else { return value }
            return home + value.dropFirst()
        }
        directory =
            value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") ?? value("HF_HOME").map { $0 + "/hub" }
            ?? value("XDG_CACHE_HOME").map { $0 + "/huggingface/hub" }
            ?? value("HOME").map { $0 + "/.cache/huggingface/hub" }
    }

    /// The directory of a model's snapshot; `nil` if it was not downloaded.
    public func snapshot(of model: HubModel) -> String? {
        guard let directory else { return nil }
        let folder = directory + "/" + model.cacheFolder
        // A file holds the commit of a branch or tag. Without this file, the revision is the commit itself.
        let revision = model.revision ?? "main"
        let commit = Self.commit(in: folder + "/refs/" + revision) ?? revision
        guard !commit.contains("/") else { return nil }
        return Self.existing(directory + "/" + HubSnapshot(model: model, commit: commit).path)
    }

    /// The directory of a snapshot; `nil` if it was not downloaded.
    public func directory(of snapshot: HubSnapshot) -> String? {
        directory.flatMap { Self.existing($0 + "/" + snapshot.path) }
    }

    private static func commit(in file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file), data.count <= 128 else { return nil }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty || text.hasPrefix(".") ? nil : text
    }

    private static func existing(_ path: String) -> String? {
        FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
