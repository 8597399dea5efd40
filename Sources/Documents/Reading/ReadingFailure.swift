internal import Jobs

/// Why reading a file stops.
enum ReadingFailure: Error {
    /// Something is wrong with the file: it ends as an error row.
    case document(InputProblem)
    /// The machine lacks something. Nothing was lost: reading goes on where it was when it is tried again.
    case environment(FileError)

    init(_ error: FileError) {
        self = error.isOfEnvironment ? .environment(error) : .document(InputProblem(.unreadable, error.description))
    }
}
