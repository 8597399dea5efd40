/// The files below a directory whose relative paths match a pattern, in the byte order of their paths.
///
/// Holds one sorted listing per level, so memory follows the largest directories and not the number of files.
struct FileWalk: Sendable {
    private struct Entry: Sendable {
        let name: String
        let status: FileStatus?

        var isDirectory: Bool { status?.kind == .directory }

        /// A directory's name is followed by a slash in every path below it: with it, the order of entries is the
        /// order of whole paths.
        var sortKey: String { isDirectory ? name + "/" : name }
    }

    private struct Level: Sendable {
        /// Relative to the root, empty or ending with a slash.
        let directory: String
        let positions: PathPattern.Positions
        /// In reverse order, for the next one is taken from the end.
        var entries: [Entry]
    }

    /// Relative path and state of a file that matches; no state if it went away or the link leads nowhere.
    struct Match: Sendable {
        let path: String
        let status: FileStatus?
    }

    private let asGiven: String
    private let root: String
    private let pattern: PathPattern
    private var levels: [Level] = []

    /// - Parameters:
    ///   - asGiven: what the job calls the files, for errors.
    ///   - root: the directory that the pattern is relative to, without a slash at its end.
    init(asGiven: String, root: String, pattern: PathPattern) throws(InputError) {
        self.asGiven = asGiven
        self.root = root
        self.pattern = pattern
        levels = [try level(directory: "", positions: pattern.start)]
    }

    mutating func next() throws(InputError) -> Match? {
        while let top = levels.indices.last {
            guard let entry = levels[top].entries.popLast() else {
                levels.removeLast()
                continue
            }
            let path = levels[top].directory + entry.name
            guard entry.isDirectory else { return Match(path: path, status: entry.status) }
            let positions = pattern.positions(after: levels[top].positions, directory: entry.name)
            levels.append(try level(directory: path + "/", positions: positions))
        }
        return nil
    }

    private func level(directory: String, positions: PathPattern.Positions) throws(InputError) -> Level {
        let path = root + "/" + directory
        let names: [String?]
        do throws(FileError) {
            names = try directoryEntries(path)
        } catch {
            throw .unreadable(asGiven: asGiven, error)
        }
        var entries: [Entry] = []
        for name in names {
            guard let name else { throw .nameNotUTF8(asGiven: asGiven, directory: path) }
            if let entry = entry(path: path + name, name: name, positions) { entries.append(entry) }
        }
        entries.sort { $1.sortKey.utf8.lexicographicallyPrecedes($0.sortKey.utf8) }
        return Level(directory: directory, positions: positions, entries: entries)
    }

    /// `nil` for what the pattern does not want, and for pipes, sockets and devices.
    private func entry(path: String, name: String, _ positions: PathPattern.Positions) -> Entry? {
        let mayBeFile = pattern.matches(positions, file: name)
        let mayBeDirectory = !pattern.positions(after: positions, directory: name).isEmpty
        guard mayBeFile || mayBeDirectory else { return nil }
        // A file without status becomes an error row when it is opened.
        let status = try? FileStatus(path: path)
        switch status?.kind {
        case .directory:
            let isLoop = pattern.entersAnyDirectory(positions) && (try? isSymbolicLink(path)) != false
            return mayBeDirectory && !isLoop ? Entry(name: name, status: status) : nil
        case .regular, nil:
            return mayBeFile ? Entry(name: name, status: status) : nil
        case .other:
            return nil
        }
    }
}
