public import FoundationEssentials

/// JSON with sorted keys, so that equal values have equal bytes in every process. Digests, ledgers and messages use it.
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
