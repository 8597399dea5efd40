/// The class of a refusal, from which a program decides what to do next. The ``Failure`` beside it has the details.
public enum RefusalReason: String, Sendable, Codable, CaseIterable {
    /// No other reason fits.
    case failed
    /// No peer of this program sends such a message.
    case badMessage = "bad_message"
    /// The job or the data is at fault.
    case badData = "bad_data"
    /// The inputs or the model cannot be found.
    case noInput = "no_input"
    /// The output cannot be made.
    case cannotCreateOutput = "cannot_create_output"
    /// A file could not be read or written.
    case inputOutput = "input_output"
    /// Something is in use or runs short: the same message may be accepted later.
    case tryAgain = "try_again"
    /// The key, or the target of a path, is not allowed.
    case notAllowed = "not_allowed"
    /// The machine or its settings do not fit.
    case badConfiguration = "bad_configuration"
}
