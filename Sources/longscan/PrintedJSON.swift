import Foundation

/// JSON that commands print, with keys in order and in snake case.
enum PrintedJSON {
    /// A line of its own.
    static func line(_ value: some Encodable) throws -> String { try text(value, []) }

    /// An object over many lines, for people too.
    static func page(_ value: some Encodable) throws -> String { try text(value, .prettyPrinted) }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
