/// The codes of error rows: why a document has no other row. Their raw values are part of the output format.
public enum ProblemCode: String, Sendable, Codable, CaseIterable {
    /// The file could not be opened or read.
    case unreadable
    /// The file was changed since the job began.
    case inputChanged = "input_changed"
    /// A compressed file is damaged or ends too early.
    case corruptCompression = "corrupt_compression"
    case invalidUTF8 = "invalid_utf8"
    case nulByte = "nul_byte"
    case lineTooLong = "line_too_long"
    case invalidJSON = "invalid_json"
    /// A member of a line has the wrong type, or contradicts another.
    case invalidField = "invalid_field"
    /// A line has neither text nor tokens.
    case missingText = "missing_text"
    case tokenOutOfRange = "token_out_of_range"
    /// An OpenAI batch line asks for what longscan does not do.
    case unsupportedRequest = "unsupported_request"
    /// A text for a model that has no tokenizer.
    case noTokenizer = "no_tokenizer"
    /// A document to score or to continue for a model that has no head.
    case noHead = "no_head"
    case emptyDocument = "empty_document"
    case duplicateID = "duplicate_id"
    /// A document that took down every worker that had it.
    case tooManyFailures = "too_many_failures"
    /// The model's arithmetic brought something that is no number.
    case notFinite = "not_finite"
    /// What a step brings is more than a message holds.
    case resultTooLarge = "result_too_large"
    /// A worker could not do the document, for a reason that its message names.
    case failed

    /// Whether the document or its line is not what is at fault.
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
