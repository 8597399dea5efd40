import Foundation

/// The JSON that commands print, with sorted keys in snake case.
enum PrintedJSON {
    /// The value as one line.
    static func line(_ value: some Encodable) throws -> String { try text(value, []) }

    /// The value as an object over many lines, for people too.
    static func page(_ value: some Encodable) throws -> String { try text(value, .prettyPrinted) }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
