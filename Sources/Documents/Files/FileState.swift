/// The identity and state of the file at a path. Equal values mean that the file was not written in between.
public struct FileState: Sendable, Equatable, Codable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int
    /// The modification time in nanoseconds since 1970.
    public var modified: Int64
    /// The status change time in nanoseconds since 1970. No system call can set it.
    public var changed: Int64

    /// - Returns: `nil` if nothing exists at the path.
    /// - Throws: `FileError`.
    public init?(path: String) throws(FileError) {
        do throws(FileError) {
            self.init(try FileStatus(path: path))
        } catch {
            guard error.meansMissing else { throw error }
            return nil
        }
    }

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
        size = status.size
        modified = status.modified
        changed = status.changed
    }

    /// Whether both are the same file with the same content. Renames and changes of permissions are ignored.
    public func isSameFile(as other: FileState) -> Bool {
        device == other.device && inode == other.inode && size == other.size && modified == other.modified
    }
}

/// Moves and removals of files at paths where another program may have put a file. Both paths must be in one file
/// system.
public enum FilePlacement {
    /// Moves a file to its final name, and returns when the name is durable.
    /// - Parameter replaced: the file that is replaced; `nil` if no file may exist there.
    /// - Throws: `FileError`, with `.replaced` if another file lies there.
    public static func move(_ path: String, to destination: String, replacing replaced: FileState?) throws(FileError) {
        guard let moved = try FileState(path: path) else { return }
        switch (try FileState(path: destination), replaced) {
        case (nil, _):
            do throws(FileError) {
                try linkFile(path, to: destination)
                try removeFile(path)
            } catch {
                // Some file systems have no hard links. The destination was free a moment ago.
                guard try FileState(path: destination) == nil else { throw FileError(.create, destination, .replaced) }
                try renameFile(path, to: destination)
            }
        case (let present?, _) where present.isSameFile(as: moved):
            // An earlier attempt was interrupted between the two calls, so the file has both names.
            try removeFile(path)
        case (let present?, let replaced?) where present.isSameFile(as: replaced):
            try renameFile(path, to: destination)
        case (.some, _):
            throw FileError(.create, destination, .replaced)
        }
        try synchronizeDirectory(parentDirectory(of: destination))
    }

    /// Removes a file if it is still the expected one.
    /// - Throws: `FileError`, with `.replaced` if another file lies there.
    public static func remove(_ path: String, ifStill state: FileState) throws(FileError) {
        guard let present = try FileState(path: path) else { return }
        guard present.isSameFile(as: state) else { throw FileError(.remove, path, .replaced) }
        try removeFile(path)
    }
}
