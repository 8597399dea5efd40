public import Jobs

/// The input files of a job, in the order of the job file. Files of one pattern or directory are in the byte order of
/// their paths.
///
/// An input is a file, a pattern (`*`, `?`, `[a-z]`, `**`) or a directory. A directory stands for every file below it
/// whose name does not start with a dot. A pattern matches files, not directories. An input that exists under its exact
/// name is that file, even if the name looks like a pattern. Files without a document extension are skipped and
/// counted. Unreadable entries, such as a closed directory or a file name that is not UTF-8, are listed with their
/// problem.
///
/// The initializer lists everything once to find wrong inputs before anything runs. A cursor lists everything again and
/// keeps only its current directories in memory. A file that the job names and that has disappeared by then is listed
/// without a size.
public struct InputFiles: Sendable {
    public let fileCount: Int
    /// The bytes on disk of all files whose size is known.
    public let byteCount: Int
    public let passedOver: PassedOver
    private let inputs: [Job.Input]

    public init(_ inputs: [Job.Input]) throws(InputError) {
        self.inputs = inputs
        var cursor = InputFileCursor(inputs, toleratesMissing: false)
        var (files, bytes) = (0, 0)
        while let file = try cursor.next() {
            files += 1
            bytes = bytes.addingSaturating(file.size ?? 0)
        }
        fileCount = files
        byteCount = bytes
        passedOver = cursor.passedOver
    }

    public func cursor() -> InputFileCursor {
        InputFileCursor(inputs, toleratesMissing: true)
    }
}

/// An iterator over input files in reading order.
public protocol InputFileList: Sendable {
    /// - Returns: `nil` at the end.
    /// - Throws: the error that prevents reading the list further.
    mutating func next() throws -> InputFile?
}

/// A position in the list of a job's input files.
public struct InputFileCursor: InputFileList {
    private var inputs: ArraySlice<Job.Input>
    private let toleratesMissing: Bool
    private let terms: WalkTerms
    private var tree: InputTree?
    private(set) var passedOver = PassedOver()

    /// - Parameters:
    ///   - toleratesMissing: whether a missing file is listed, without a size.
    ///   - bounds: the bounds of the walk over each directory or pattern.
    ///   - failure: errors injected into the walk's system calls, for tests.
    ///   - now: the clock of the walks.
    public init(
        _ inputs: [Job.Input], toleratesMissing: Bool = false, bounds: WalkBounds = WalkBounds(),
        failure: InjectedFailure? = nil, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        terms = WalkTerms(bounds: bounds, failure: failure, now: now)
        self.inputs = inputs[...]
        self.toleratesMissing = toleratesMissing
    }

    /// The next file. After a transient error the call can be repeated.
    public mutating func next() throws(InputError) -> InputFile? {
        while true {
            if let file = try tree?.next(&passedOver) { return file }
            tree = nil
            guard let input = inputs.first else { return nil }
            let status = try status(of: input)
            if status?.kind == .directory {
                tree = try InputTree(directory: input, terms)
            } else if status == nil, PathPattern.isPattern(input.asGiven) {
                tree = try InputTree(pattern: input, terms)
            }
            inputs.removeFirst()
            if tree != nil { continue }
            guard status != nil || toleratesMissing else {
                throw .missing(asGiven: input.asGiven, path: input.path)
            }
            guard let kind = input.format ?? InputFormat(fileName: input.path) else {
                throw .unknownKind(asGiven: input.asGiven, path: input.path)
            }
            return InputFile(of: input, asGiven: input.asGiven, path: input.path, kind: kind, status: status)
        }
    }

    /// The status of an input; `nil` if nothing has its name.
    private func status(of input: Job.Input) throws(InputError) -> FileStatus? {
        do throws(FileError) {
            return try FileStatus(path: input.path)
        } catch {
            guard error.meansMissing else { throw InputError(input.asGiven, error) }
            return nil
        }
    }
}

/// A pattern input, split before its first wildcard component.
struct PatternParts {
    /// The part of the input before the pattern: as given, and as an absolute path.
    let givenRoot: String
    let root: String
    let pattern: PathPattern

    /// Splits the path as given. The absolute path begins with the directory of the job file, whose name may contain
    /// brackets.
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

/// The files of a pattern or directory input.
private struct InputTree: Sendable {
    private let input: Job.Input
    /// The prefix of the relative paths of the walk.
    private let givenRoot: String
    private let root: String
    private let isDirectory: Bool
    private var walk: FileWalk
    private var isEmpty = true
    private var passedOver = PassedOver()

    init(directory input: Job.Input, _ terms: WalkTerms) throws(InputError) {
        self.input = input
        isDirectory = true
        givenRoot = input.asGiven.hasSuffix("/") ? input.asGiven : input.asGiven + "/"
        root = input.path
        walk = try FileWalk(asGiven: input.asGiven, root: root, pattern: .everything, terms)
    }

    init(pattern input: Job.Input, _ terms: WalkTerms) throws(InputError) {
        self.input = input
        isDirectory = false
        let parts = try PatternParts(input)
        givenRoot = parts.givenRoot
        root = parts.root
        do throws(InputError) {
            walk = try FileWalk(asGiven: input.asGiven, root: root, pattern: parts.pattern, terms)
        } catch .unreadable(_, let error) where error.meansMissing {
            throw .nothingMatches(asGiven: input.asGiven, path: input.path, passedOver)
        }
    }

    /// - Parameter all: the count of skipped files.
    mutating func next(_ all: inout PassedOver) throws(InputError) -> InputFile? {
        while let match = try walk.next() {
            guard let kind = kind(of: match) else {
                let kind = match.status?.kind == .regular ? nil : match.status?.kind.rawValue
                let name = match.path.split(separator: "/").last ?? ""
                let label = kind ?? fileExtension(of: name) ?? "no extension"
                passedOver.count(label)
                all.count(label)
                continue
            }
            isEmpty = false
            let path = (root == "/" ? "" : root) + "/" + match.path
            return InputFile(
                of: input, asGiven: givenRoot + match.path, path: path, kind: kind, status: match.status,
                problem: match.problem)
        }
        guard isEmpty else { return nil }
        throw isDirectory
            ? .noInputBelow(asGiven: input.asGiven, path: input.path, passedOver)
            : .nothingMatches(asGiven: input.asGiven, path: input.path, passedOver)
    }

    private func kind(of match: FileWalk.Match) -> InputFormat? {
        // A directory that cannot be opened becomes an error row.
        if match.isDirectory { return .text }
        return switch match.status?.kind {
        case .pipe, .socket, .device: nil
        case .directory, .regular, nil:
            input.format
                ?? .unasked(fileName: match.path, asked: isDirectory ? nil : InputFormat(fileName: input.asGiven))
        }
    }
}
