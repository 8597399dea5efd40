/// What kind of thing keeps a coordinator from doing what it was asked, as far as the next step of who asked depends on
/// it. What exactly it was is in the ``Failure`` beside it.
public enum RefusalReason: String, Sendable, Codable, CaseIterable {
    /// Something went wrong that no other reason names.
    case failed
    /// The message says what no peer of this program says.
    case badMessage = "bad_message"
    /// The job or the data is at fault.
    case badData = "bad_data"
    /// The inputs or the model are not there.
    case noInput = "no_input"
    /// The output cannot be made.
    case cannotCreateOutput = "cannot_create_output"
    /// A file could not be read or written.
    case inputOutput = "input_output"
    /// Something is in use or runs short: the same message may be taken later.
    case tryAgain = "try_again"
    /// The key, or where a path leads, is not allowed.
    case notAllowed = "not_allowed"
    /// The machine or its settings do not fit.
    case badConfiguration = "bad_configuration"
}
