/// A model on the Hugging Face hub: `owner/name`, or `owner/name@revision`.
public struct HubModel: Sendable, Equatable, CustomStringConvertible {
    public var owner: String
    public var name: String
    /// The branch, tag or commit.
    public var revision: String?

    /// - Returns: `nil` if the text is not an id by the rules of huggingface_hub (`validate_repo_id`): letters, digits,
    ///   `-`, `_` and `.`, at most 96 characters, no `--` or `..`, no `.git` at the end, no `-` or `.` at the start or
    ///   end of a part. An id without owner is rejected, because it is a path in a job file.
    public init?(_ text: String) {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].pathComponents(omittingEmpty: false)
        guard halves[0].utf8.count <= 96, parts.count == 2, parts.allSatisfy(Self.isPart), !halves[0].hasSuffix(".git")
        else { return nil }
        owner = String(parts[0])
        name = String(parts[1])
        guard halves.count == 2 else { return }
        guard Self.isRevision(halves[1]) else { return nil }
        revision = String(halves[1])
    }

    private static func isPart(_ text: Substring) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, isWord(first), isWord(last) else { return false }
        return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
            && !text.contains("--") && !text.contains("..")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Whether the text is a revision. A branch name may contain slashes, but a revision never leads out of the cache's
    /// folder.
    private static func isRevision(_ text: Substring) -> Bool {
        text.pathComponents(omittingEmpty: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
            && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7f }
    }

    /// The id without the revision.
    public var id: String { owner + "/" + name }

    public var description: String { id + (revision.map { "@" + $0 } ?? "") }

    /// The folder in the hub cache.
    public var cacheFolder: String { "models--\(owner)--\(name)" }

    /// The command that downloads the model to the cache.
    public var download: String { "hf download \(id)" + (revision.map { " --revision \($0)" } ?? "") }
}

/// A snapshot of a model in a hub cache: `…/models--owner--name/snapshots/commit`.
public struct HubSnapshot: Sendable, Equatable {
    public var model: HubModel
    public var commit: String

    public init(model: HubModel, commit: String) {
        self.model = model
        self.commit = commit
    }

    /// - Returns: `nil` if the path is not one of a hub cache.
    public init?(path: String) {
        let parts = path.pathComponents().suffix(3)
        guard parts.count == 3, let folder = parts.first, let commit = parts.last,
            parts.dropFirst().first == "snapshots",
            folder.hasPrefix(Self.folderPrefix),
            // The names of owners and models contain no `--`.
            let model = HubModel(String(folder.dropFirst(Self.folderPrefix.count)).replacing("--", with: "/"))
        else { return nil }
        self.init(model: model, commit: String(commit))
    }

    private static let folderPrefix = "models--"

    /// The path in a hub cache.
    public var path: String { "\(model.cacheFolder)/snapshots/\(commit)" }
}
