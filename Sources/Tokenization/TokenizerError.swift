/// An error of a `tokenizer.json`: the file, the field and the value found.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The file cannot be read.
        case unreadable
        /// The file is not JSON, or a field is missing or of another type.
        case malformed
        /// The field asks for an unsupported feature that would change the ids.
        case unsupported
        /// Two parts of the file contradict each other.
        case inconsistent
    }

    public let code: Code
    /// The file's path, or the name that the caller gave.
    public let file: String
    /// The field, such as `model.merges[17]`; empty for the whole file.
    public let field: String
    public let detail: String

    init(_ code: Code, file: String, field: String, _ detail: String) {
        self.code = code
        self.file = file
        self.field = field
        self.detail = detail
    }

    public var description: String {
        field.isEmpty ? "tokenizer \(file): \(detail)" : "tokenizer \(file): \(field): \(detail)"
    }
}
