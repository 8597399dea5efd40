/// The codes of error rows. The raw values are part of the output format.
public enum ProblemCode: String, Sendable, Codable, CaseIterable {
    /// The file could not be opened or read.
    case unreadable
    /// The file was changed after the start of the job.
    case inputChanged = "input_changed"
    /// A compressed file is damaged or ends too early.
    case corruptCompression = "corrupt_compression"
    case invalidUTF8 = "invalid_utf8"
    case nulByte = "nul_byte"
    case lineTooLong = "line_too_long"
    case invalidJSON = "invalid_json"
    /// A member of a line has the wrong type, or contradicts another member.
    case invalidField = "invalid_field"
    /// A line has neither text nor tokens.
    case missingText = "missing_text"
    case tokenOutOfRange = "token_out_of_range"
    /// An OpenAI batch line has an unsupported request.
    case unsupportedRequest = "unsupported_request"
    /// A text was given to a model without a tokenizer.
    case noTokenizer = "no_tokenizer"
    /// A model without a head cannot score or continue a document.
    case noHead = "no_head"
    case emptyDocument = "empty_document"
    case duplicateID = "duplicate_id"
    /// The document ended every worker that had it.
    case tooManyFailures = "too_many_failures"
    /// The model's arithmetic gave a number that is not finite.
    case notFinite = "not_finite"
    /// The result of a step exceeds the size limit of a message.
    case resultTooLarge = "result_too_large"
    /// A worker could not process the document. The message gives the reason.
    case failed

    /// Whether the fault is not in the document or its line.
    public var isOfServer: Bool {
        switch self {
        case .unreadable, .inputChanged, .corruptCompression, .tooManyFailures, .notFinite, .resultTooLarge, .failed:
            true
        case .invalidUTF8, .nulByte, .lineTooLong, .invalidJSON, .invalidField, .missingText, .tokenOutOfRange,
            .unsupportedRequest, .noTokenizer, .noHead, .emptyDocument, .duplicateID:
            false
        }
    }
}
