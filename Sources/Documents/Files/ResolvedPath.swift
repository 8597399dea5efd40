/// Where an absolute path leads, or would if it existed: a path without symbolic links (realpath(3)).
public struct ResolvedPath: Sendable, Equatable {
    public let path: String

    /// - Returns: `nil` for a symbolic link to nothing, which leads to wherever it says as soon as that exists.
    public init?(_ path: String) {
        if (try? FileStatus(path: path)) == nil, (try? isSymbolicLink(path)) == true { return nil }
        self.path = resolvedPath(path)
    }

    /// - Throws: `FileError` if nothing is there.
    public init(existing path: String) throws(FileError) {
        _ = try FileStatus(path: path)
        self.path = resolvedPath(path)
    }

    /// Whether the path is a directory's own, or below it.
    public func isIn(_ directory: String) -> Bool {
        // By bytes: names are no text.
        let (place, root) = (Array(path.utf8), Array(directory.utf8))
        return place.starts(with: root)
            && (place.count == root.count || root.last == UInt8(ascii: "/") || place[root.count] == UInt8(ascii: "/"))
    }
}
