internal import FoundationEssentials
internal import Jobs
public import ModelFiles

/// The places of models on a worker's machine. The coordinator's machine may have them elsewhere.
///
/// A model found here may be another one than the job's: its digest tells.
public struct ModelPlaces: Sendable {
    private let directory: String?
    private let cache: HubCache

    /// - Parameters:
    ///   - directory: the directory of models on this machine; `nil`: the same paths as on the coordinator's machine.
    ///   - cache: the hub cache, for models that are not in the directory.
    public init(directory: String?, cache: HubCache) {
        self.directory = directory
        self.cache = cache
    }

    /// The first of the possible directories that exists, or else the first. In the worker's own directory: the last
    /// name of the coordinator's path, or for a hub snapshot its place in a cache, `owner/name` or `name`. Without such
    /// a directory: the coordinator's path itself, then the snapshot in this machine's hub cache.
    public func directory(of model: String) -> String {
        let snapshot = HubSnapshot(path: model)
        var candidates: [String]
        if let directory {
            let last = model.pathComponents().last.map(String.init) ?? model
            let names = snapshot.map { [$0.path, $0.model.id, $0.model.name] } ?? [last]
            candidates = names.map { directory + "/" + $0 }
        } else {
            candidates = [model]
            if let found = snapshot.flatMap(cache.directory(of:)) { candidates.append(found) }
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0) } ?? candidates[0]
    }
}
