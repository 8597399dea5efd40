public import Jobs

/// The files that a job's inputs name, in the order of the job file; those of one pattern or directory in the byte
/// order of their paths.
///
/// An input is a file, a pattern (`*`, `?`, `[a-z]`, `**`) or a directory, which stands for every readable file below it
/// whose name does not start with a dot. What exists under its exact name is
/// taken by name even if it looks like a pattern. A pattern matches files, not directories.
///
/// Making the value lists everything once, so that wrong inputs are found before anything runs; a cursor lists it again
/// and keeps only the directories it is in. A file named by the job that has gone away by then is listed without a size.
public struct InputFiles: Sendable {
    public let fileCount: Int
    /// Bytes on disk of all files whose size is known.
    public let byteCount: Int
    private let inputs: [Job.Input]

    public init(_ inputs: [Job.Input]) throws(InputError) {
        self.inputs = inputs
        var cursor = InputFileCursor(inputs, toleratesMissing: false)
        var (files, bytes) = (0, 0)
        while let file = try cursor.next() {
            files += 1
            bytes += file.size ?? 0
        }
        fileCount = files
        byteCount = bytes
    }

    public func cursor() -> InputFileCursor {
        InputFileCursor(inputs, toleratesMissing: true)
    }
}

/// Hands out input files in the order in which they are read.
public protocol InputFileList: Sendable {
    /// - Returns: `nil` at the end.
    /// - Throws: why the list itself cannot be read on.
    mutating func next() throws -> InputFile?
}

/// A place in the list of a job's input files.
public struct InputFileCursor: InputFileList {
    private var inputs: ArraySlice<Job.Input>
    private let toleratesMissing: Bool
    private var tree: InputTree?

    /// - Parameter toleratesMissing: whether a file that is not there is listed, without a size.
    public init(_ inputs: [Job.Input], toleratesMissing: Bool = false) {
        self.inputs = inputs[...]
        self.toleratesMissing = toleratesMissing
    }

    public mutating func next() throws(InputError) -> InputFile? {
        while true {
            if let file = try tree?.next() { return file }
            tree = nil
            guard let input = inputs.popFirst() else { return nil }
            let status = try status(of: input)
            if status?.kind == .directory {
                tree = try InputTree(directory: input)
                continue
            }
            if status == nil, PathPattern.isPattern(input.asGiven) {
                tree = try InputTree(pattern: input)
                continue
            }
            guard status != nil || toleratesMissing else {
                throw .missing(asGiven: input.asGiven, path: input.path)
            }
            guard let kind = InputFile.Kind(fileName: input.path) else {
                throw .unknownKind(asGiven: input.asGiven, path: input.path)
            }
            return InputFile(asGiven: input.asGiven, path: input.path, kind: kind, status: status)
        }
    }

    /// `nil` where there is nothing of that name.
    private func status(of input: Job.Input) throws(InputError) -> FileStatus? {
        do throws(FileError) {
            return try FileStatus(path: input.path)
        } catch {
            guard error.meansMissing else { throw .unreadable(asGiven: input.asGiven, error) }
            return nil
        }
    }
}

/// An input that is a pattern, cut where its wildcards begin.
struct PatternParts {
    /// What comes before the pattern in the input as given, and where that is.
    let givenRoot: String
    let root: String
    let pattern: PathPattern

    /// The pattern is read from the path as given: the directory of the job file, which the absolute path begins with,
    /// may have brackets in its name.
    init(_ input: Job.Input) throws(InputError) {
        let given = input.asGiven.pathComponents()
        let first = given.firstIndex(where: PathPattern.isPattern)!
        let tail = given[first...]
        let path = input.path.pathComponents()
        guard path.suffix(tail.count) == tail else {
            throw .strayPattern(asGiven: input.asGiven, path: input.path)
        }
        let givenHead = given[..<first].joined(separator: "/")
        givenRoot = (input.asGiven.isAbsolutePath ? "/" : "") + (givenHead.isEmpty ? "" : givenHead + "/")
        root = "/" + path.dropLast(tail.count).joined(separator: "/")
        pattern = PathPattern(Array(tail))
    }
}

/// The files of one input that stands for several.
private struct InputTree: Sendable {
    private let input: Job.Input
    /// What comes before the relative paths of the walk.
    private let givenRoot: String
    private let root: String
    private let isDirectory: Bool
    private var walk: FileWalk
    private var isEmpty = true

    init(directory input: Job.Input) throws(InputError) {
        self.input = input
        isDirectory = true
        givenRoot = input.asGiven.hasSuffix("/") ? input.asGiven : input.asGiven + "/"
        root = input.path
        walk = try FileWalk(asGiven: input.asGiven, root: root, pattern: .everything)
    }

    init(pattern input: Job.Input) throws(InputError) {
        self.input = input
        isDirectory = false
        let parts = try PatternParts(input)
        givenRoot = parts.givenRoot
        root = parts.root
        do throws(InputError) {
            walk = try FileWalk(asGiven: input.asGiven, root: root, pattern: parts.pattern)
        } catch .unreadable(_, let error) where error.meansMissing {
            throw .nothingMatches(asGiven: input.asGiven, path: input.path)
        }
    }

    mutating func next() throws(InputError) -> InputFile? {
        while let match = try walk.next() {
            let path = (root == "/" ? "" : root) + "/" + match.path
            guard let kind = InputFile.Kind(fileName: match.path) else {
                if isDirectory { continue }
                throw .unknownKind(asGiven: input.asGiven, path: path)
            }
            isEmpty = false
            return InputFile(asGiven: givenRoot + match.path, path: path, kind: kind, status: match.status)
        }
        guard isEmpty else { return nil }
        throw isDirectory
            ? .noInputBelow(asGiven: input.asGiven, path: input.path)
            : .nothingMatches(asGiven: input.asGiven, path: input.path)
    }
}
