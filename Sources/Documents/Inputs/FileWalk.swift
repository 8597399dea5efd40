/// The files below a directory whose relative paths match a pattern, in the byte order of their paths.
///
/// The walk holds one sorted listing per level, so memory follows the largest directories, not the number of files.
struct FileWalk: Sendable {
    private struct Entry: Sendable {
        let name: String
        let status: FileStatus?
        /// Whether the entry is a directory. A directory with a problem is not entered.
        let isDirectory: Bool
        var problem: String?

        /// The key that sorts entries in the order of whole paths. Every path below a directory has a slash after the
        /// directory's name.
        var sortKey: String { isDirectory ? name + "/" : name }
    }

    private struct Level: Sendable {
        /// The path relative to the root; empty or with a slash at its end.
        let directory: String
        let positions: PathPattern.Positions
        /// The remaining entries in reverse order, so that the next one is removed from the end.
        var entries: [Entry]
    }

    /// A file that matches, or an unreadable directory that may contain matches.
    struct Match: Sendable {
        /// The path relative to the root.
        let path: String
        /// The status; `nil` if the file has disappeared or is a dangling link.
        let status: FileStatus?
        let isDirectory: Bool
        /// The reason why the entry is unreadable.
        let problem: String?
    }

    private let asGiven: String
    private let root: String
    private let pattern: PathPattern
    private let terms: WalkTerms
    /// The time spent in this walk, without the time in which its files are read.
    private var time = Duration.zero
    private var namesSeen = 0
    private var levels: [Level] = []

    /// - Parameters:
    ///   - asGiven: the job's name of the files, for errors.
    ///   - root: the root directory of the pattern, without a slash at its end.
    init(asGiven: String, root: String, pattern: PathPattern, _ terms: WalkTerms) throws(InputError) {
        self.asGiven = asGiven
        self.root = root
        self.pattern = pattern
        self.terms = terms
        levels = [try level(directory: "", positions: pattern.start)]
    }

    /// The next match. After a transient error the call can be repeated.
    mutating func next() throws(InputError) -> Match? {
        while let top = levels.indices.last {
            guard let entry = levels[top].entries.last else {
                levels.removeLast()
                continue
            }
            let path = levels[top].directory + entry.name
            guard entry.isDirectory, entry.problem == nil else {
                levels[top].entries.removeLast()
                return Match(
                    path: path, status: entry.status, isDirectory: entry.isDirectory, problem: entry.problem)
            }
            let positions = pattern.positions(after: levels[top].positions, directory: entry.name)
            do throws(InputError) {
                let below = try level(directory: path + "/", positions: positions)
                levels[top].entries.removeLast()
                levels.append(below)
            } catch .unreadable(_, let error) {
                levels[top].entries.removeLast()
                if error.meansMissing { continue }
                return Match(
                    path: path + "/", status: entry.status, isDirectory: true, problem: error.description)
            }
        }
        return nil
    }

    private mutating func level(directory: String, positions: PathPattern.Positions) throws(InputError) -> Level {
        let start = terms.now()
        defer { time += start.duration(to: terms.now()) }
        let path = root + "/" + directory
        let names: [DirectoryEntry]
        do throws(FileError) {
            names = try directoryEntries(path) { isWithinBounds($0, since: start) }
        } catch {
            throw InputError(asGiven, error)
        }
        guard isWithinBounds(names.count, since: start) else { throw .tooManyNames(asGiven: asGiven, terms.bounds) }
        var entries: [Entry] = []
        for (number, name) in names.enumerated() {
            guard isWithinBounds(number, since: start) else { throw .tooManyNames(asGiven: asGiven, terms.bounds) }
            if let entry = try entry(of: name, in: path, positions) { entries.append(entry) }
        }
        // A transient error repeats the listing of this directory, so its names must not be counted before.
        namesSeen += names.count
        entries.sort { $1.sortKey.utf8.lexicographicallyPrecedes($0.sortKey.utf8) }
        return Level(directory: directory, positions: positions, entries: entries)
    }

    /// Whether the walk may continue after this many names of a directory. The clock is read now and then.
    private func isWithinBounds(_ count: Int, since start: ContinuousClock.Instant) -> Bool {
        guard namesSeen + count <= terms.bounds.names else { return false }
        return !count.isMultiple(of: 256) || time + start.duration(to: terms.now()) <= terms.bounds.time
    }

    /// The directory entry of a name; `nil` if the pattern excludes it.
    private func entry(
        of entry: DirectoryEntry, in directory: String, _ positions: PathPattern.Positions
    ) throws(InputError) -> Entry? {
        let name = entry.name
        let mayBeFile = pattern.matches(positions, file: name)
        let mayBeDirectory = !pattern.positions(after: positions, directory: name).isEmpty
        guard mayBeFile || mayBeDirectory else { return nil }
        guard entry.isExact else {
            guard entry.isDirectory ? mayBeDirectory : mayBeFile else { return nil }
            return Entry(
                name: name, status: nil, isDirectory: entry.isDirectory, problem: "its name is not UTF-8: rename it")
        }
        let status = try status(directory + name)
        switch status?.kind {
        case .directory:
            let isLoop = pattern.entersAnyDirectory(positions) && (try? isSymbolicLink(directory + name)) != false
            return mayBeDirectory && !isLoop ? Entry(name: name, status: status, isDirectory: true) : nil
        case .regular, .pipe, .socket, .device, nil:
            return mayBeFile ? Entry(name: name, status: status, isDirectory: false) : nil
        }
    }

    /// The status of a file. A file without status becomes an error row when it is opened.
    private func status(_ path: String) throws(InputError) -> FileStatus? {
        do throws(FileError) {
            try terms.failure?.check(.examine, path)
            return try FileStatus(path: path)
        } catch {
            guard error.isOfEnvironment else { return nil }
            throw .environment(error)
        }
    }
}

/// The bounds, the clock and the injected errors of walks. Tests replace the clock and the errors.
struct WalkTerms: Sendable {
    let bounds: WalkBounds
    let failure: InjectedFailure?
    let now: @Sendable () -> ContinuousClock.Instant
}

/// The bounds of the walk over one directory or pattern. A pattern such as `/**` could take hours without a result.
public struct WalkBounds: Sendable, Equatable {
    /// The limit of files and directories examined, whether they match or not.
    public var names: Int
    public var time: Duration

    public init(names: Int = 10_000_000, time: Duration = .seconds(300)) {
        self.names = names
        self.time = time
    }
}
