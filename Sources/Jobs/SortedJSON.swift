public import FoundationEssentials

/// JSON of which the same value has the same bytes in every process: its keys are in order. Digests, ledgers and
/// messages have it.
public enum SortedJSON {
    public static func data(of value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    public static func text(of value: some Encodable) throws -> String {
        String(decoding: try data(of: value), as: UTF8.self)
    }
}
