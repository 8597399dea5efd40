/// Why a job's inputs cannot be listed: the command ends with exit status 66 (`EX_NOINPUT` of sysexits(3)).
///
/// A single bad document is not this error but an `InputProblem`, and one error row.
public enum InputError: Error, Sendable, Equatable {
    case missing(asGiven: String, path: String)
    case nothingMatches(asGiven: String, path: String)
    case noInputBelow(asGiven: String, path: String)
    case unknownKind(asGiven: String, path: String)
    /// The pattern of the job file is not how the path ends, so it is not known where the matches begin.
    case strayPattern(asGiven: String, path: String)
    case nameNotUTF8(asGiven: String, directory: String)
    case unreadable(asGiven: String, FileError)
}

extension InputError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let asGiven, let path):
            "input \(asGiven): \(path) does not exist"
        case .nothingMatches(let asGiven, let path):
            "input \(asGiven): no file matches \(path)"
        case .noInputBelow(let asGiven, let path):
            "input \(asGiven): no \(InputFile.Kind.readable) file below \(path)"
        case .unknownKind(let asGiven, let path):
            "input \(asGiven): \(path) is not a \(InputFile.Kind.readable) file"
        case .strayPattern(let asGiven, let path):
            "input \(asGiven): its path \(path) does not end with the pattern"
        case .nameNotUTF8(let asGiven, let directory):
            "input \(asGiven): \(directory) holds a file whose name is not UTF-8"
        case .unreadable(let asGiven, let error):
            "input \(asGiven): \(error)"
        }
    }
}

extension InputFile.Kind {
    fileprivate static let readable = ".txt, .md or .jsonl (.gz, .zst)"
}
