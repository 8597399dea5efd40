internal import Bytes

/// Text in UTF-8 with an optional byte order mark, as editors write it.
public enum WrittenText {
    /// Bytes that are not UTF-8, described in words that follow the name of a file.
    public struct NotUTF8: Error, Equatable {
        public let message: String
    }

    /// The number of first bytes that show a file's encoding.
    public static let telling = 4

    /// The text of a whole file, without a byte order mark.
    public static func text(of bytes: some BidirectionalCollection<UInt8>) throws(NotUTF8) -> String {
        if let encoding = otherEncoding(of: bytes) { throw NotUTF8(message: advice(on: encoding)) }
        let text = bytes.starts(with: UTF8.byteOrderMark) ? bytes.dropFirst(UTF8.byteOrderMark.count) : bytes[...]
        guard let text = String(validating: text, as: UTF8.self) else { throw NotUTF8(message: "is not UTF-8 text") }
        return text
    }

    /// The encoding that the first bytes show, by its name in iconv(1); `nil` for UTF-8.
    ///
    /// The sign is a byte order mark, or a zero beside each of the first characters, which Latin letters have. UTF-8
    /// text contains no zeros.
    public static func otherEncoding(of start: some Collection<UInt8>) -> String? {
        let start = Array(start.prefix(64))
        if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        let pairs = start.count / 2
        guard pairs >= 2 else { return nil }
        let zeros = (0..<2 * pairs).filter { start[$0] == 0 }
        guard zeros.count >= pairs - pairs / 4 else { return nil }
        if zeros.allSatisfy({ !$0.isMultiple(of: 2) }) { return "UTF-16LE" }
        return zeros.allSatisfy { $0.isMultiple(of: 2) } ? "UTF-16BE" : nil
    }

    /// Advice on a file in another encoding.
    public static func advice(on encoding: String) -> String {
        "is \(encoding): save it as UTF-8, for example with 'iconv -f \(encoding) -t UTF-8'"
    }
}
