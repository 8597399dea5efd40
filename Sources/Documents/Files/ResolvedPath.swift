/// An absolute path without symbolic links (realpath(3)). The file need not exist.
public struct ResolvedPath: Sendable, Equatable {
    public let path: String

    /// - Returns: `nil` for a dangling symbolic link, because its target may be created later.
    public init?(_ path: String) {
        if (try? FileStatus(path: path)) == nil, (try? isSymbolicLink(path)) == true { return nil }
        self.path = resolvedPath(path)
    }

    /// - Throws: `FileError` if nothing exists at the path.
    public init(existing path: String) throws(FileError) {
        _ = try FileStatus(path: path)
        self.path = resolvedPath(path)
    }

    /// Whether the path is a directory or lies below it.
    public func isIn(_ directory: String) -> Bool {
        // Paths are compared by bytes because file names are not text.
        let (place, root) = (Array(path.utf8), Array(directory.utf8))
        return place.starts(with: root)
            && (place.count == root.count || root.last == UInt8(ascii: "/") || place[root.count] == UInt8(ascii: "/"))
    }
}
