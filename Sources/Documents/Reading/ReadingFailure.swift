internal import Jobs

/// An error that stops the reading of a file.
enum ReadingFailure: Error {
    /// A problem of the file, which becomes an error row.
    case document(InputProblem)
    /// A transient failure of the machine. The next call continues at the same place.
    case environment(FileError)

    init(_ error: FileError) {
        self = error.isOfEnvironment ? .environment(error) : .document(InputProblem(.unreadable, error.description))
    }
}
