internal import FoundationEssentials
internal import Jobs
public import ModelFiles

/// Where a worker's machine has the models that lie elsewhere on the coordinator's.
///
/// What is found here need not be the job's model: its digest tells.
public struct ModelPlaces: Sendable {
    private let directory: String?
    private let cache: HubCache

    /// - Parameters:
    ///   - directory: where models lie on this machine; `nil`: where they lie on the coordinator's.
    ///   - cache: where models from the hub lie if they are not there.
    public init(directory: String?, cache: HubCache) {
        self.directory = directory
        self.cache = cache
    }

    /// The first of these that exists, or else the first. Below the worker's own directory: the last name of the
    /// coordinator's path; of a hub snapshot its place in a cache, `owner/name` or `name`. Without such a directory:
    /// the coordinator's path itself, and the snapshot in this machine's hub cache.
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
