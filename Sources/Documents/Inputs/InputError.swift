internal import Jobs

/// An error that prevents the listing of a job's inputs. The command ends with exit status 66 (`EX_NOINPUT` of
/// sysexits(3)).
///
/// A single bad document is an `InputProblem` and gives one error row.
public enum InputError: Error, Sendable, Equatable {
    case missing(asGiven: String, path: String)
    case nothingMatches(asGiven: String, path: String, PassedOver)
    case noInputBelow(asGiven: String, path: String, PassedOver)
    case unknownKind(asGiven: String, path: String)
    /// The path does not end with the pattern of the job file, so the start of the matches is unknown.
    case strayPattern(asGiven: String, path: String)
    case unreadable(asGiven: String, FileError)
    /// The walk over a directory or pattern reached its bounds.
    case tooManyNames(asGiven: String, WalkBounds)
    /// A transient failure of the machine. The same call can succeed later.
    case environment(FileError)

    /// Whether a retry can succeed. The command ends with status 75 (`EX_TEMPFAIL`) if nobody retries.
    public var isOfEnvironment: Bool {
        switch self {
        case .environment: true
        case .missing, .nothingMatches, .noInputBelow, .unknownKind, .strayPattern, .unreadable, .tooManyNames: false
        }
    }

    init(_ asGiven: String, _ error: FileError) {
        self = error.isOfEnvironment ? .environment(error) : .unreadable(asGiven: asGiven, error)
    }
}

extension InputError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let asGiven, let path):
            "input \(asGiven): \(path) does not exist"
        case .nothingMatches(let asGiven, let path, let passedOver):
            "input \(asGiven): no file matches \(path)" + Self.advice(asGiven, passedOver)
        case .noInputBelow(let asGiven, let path, let passedOver):
            "input \(asGiven): no \(InputFormat.extensions) file below \(path)" + Self.advice(asGiven, passedOver)
        case .unknownKind(let asGiven, let path):
            "input \(asGiven): the name of \(path) does not say how documents lie in it: "
                + "say 'input: {path: \(asGiven), format: text}', or another of \(InputFormat.names)"
        case .strayPattern(let asGiven, let path):
            "input \(asGiven): its path \(path) does not end with the pattern"
        case .unreadable(let asGiven, let error):
            "input \(asGiven): \(error)"
        case .tooManyNames(let asGiven, let bounds):
            "input \(asGiven): more than \(bounds.names) files and directories, or more than "
                + "\(bounds.time.components.seconds) seconds to list them: name a smaller directory, or several"
        case .environment(let error):
            "\(error)"
        }
    }

    private static func advice(_ asGiven: String, _ passedOver: PassedOver) -> String {
        guard passedOver.files > 0 else { return "" }
        return "; \(passedOver): to read them, say 'input: {path: \(asGiven), format: text}', or another of "
            + InputFormat.names
    }
}

extension InputFormat {
    fileprivate static let extensions = ".txt, .md, .text, .log, .jsonl or .ndjson"
    fileprivate static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
