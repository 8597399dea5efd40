/// Which file lies at a path, and its state: equal values mean that nothing was written in between.
public struct FileState: Sendable, Equatable, Codable {
    public var device: UInt64
    public var inode: UInt64
    public var size: Int
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// Time of the last change of the file or its entry in nanoseconds since 1970: no call can set it.
    public var changed: Int64

    /// - Returns: `nil` where nothing lies at the path.
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

    /// Whether it is the same file with the same content, whatever was done to its entry (a rename, other rights).
    public func isSameFile(as other: FileState) -> Bool {
        device == other.device && inode == other.inode && size == other.size && modified == other.modified
    }
}

/// Puts a file where another program may have put one.
///
/// Both paths lie in one file system.
public enum FilePlacement {
    /// Gives a file its name for good, and returns when that is on the device.
    /// - Parameter replaced: the file whose place it takes; `nil`: there must be none.
    /// - Throws: `FileError`, with `.replaced` if another file lies there.
    public static func move(_ path: String, to destination: String, replacing replaced: FileState?) throws(FileError) {
        guard let moved = try FileState(path: path) else { return }
        switch (try FileState(path: destination), replaced) {
        case (nil, _):
            do throws(FileError) {
                try linkFile(path, to: destination)
                try removeFile(path)
            } catch {
                // Some file systems have no second names. Nothing lay there a moment ago.
                guard try FileState(path: destination) == nil else { throw FileError(.create, destination, .replaced) }
                try renameFile(path, to: destination)
            }
        case (let present?, _) where present.isSameFile(as: moved):
            // An earlier attempt was cut off between the second name and the loss of the first.
            try removeFile(path)
        case (let present?, let replaced?) where present.isSameFile(as: replaced):
            try renameFile(path, to: destination)
        case (.some, _):
            throw FileError(.create, destination, .replaced)
        }
        try synchronizeDirectory(parentDirectory(of: destination))
    }

    /// Removes a file if it is still the one that is meant.
    /// - Throws: `FileError`, with `.replaced` if another file lies there.
    public static func remove(_ path: String, ifStill state: FileState) throws(FileError) {
        guard let present = try FileState(path: path) else { return }
        guard present.isSameFile(as: state) else { throw FileError(.remove, path, .replaced) }
        try removeFile(path)
    }
}
