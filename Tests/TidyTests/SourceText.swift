/// Swift source with its code and its comments apart, and what is in string literals in neither.
///
/// Both have the lines and columns of the source: what is left out is spaces. Code in interpolations is code.
struct SourceText: Sendable {
    let code: [String]
    let comments: [String]

    init(_ text: String) {
        var reader = SourceTextReader(text)
        reader.readCode(endsAtParenthesis: false)
        code = Self.lines(reader.code)
        comments = Self.lines(reader.comments)
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Knows of Swift's lexical structure line comments, as the formatter allows no others, and string literals with their
/// interpolations (The Swift Programming Language, "Lexical Structure").
private struct SourceTextReader {
    private enum Part { case code, comment, literal }

    private let text: [UInt8]
    private var at = 0
    private(set) var code: [UInt8] = []
    private(set) var comments: [UInt8] = []

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    mutating func readCode(endsAtParenthesis: Bool) {
        var depth = 0
        while at < text.count {
            if isNext("//") {
                while at < text.count, !isNext("\n") { take(1, as: .comment) }
            } else if let hashes = hashesBeforeLiteral() {
                readLiteral(hashes: hashes)
            } else {
                depth += isNext("(") ? 1 : isNext(")") ? -1 : 0
                take(1, as: .code)
                if endsAtParenthesis, depth < 0 { return }
            }
        }
    }

    private mutating func readLiteral(hashes: Int) {
        let fence = String(repeating: "#", count: hashes)
        take(hashes, as: .literal)
        let quotes = isNext("\"\"\"") ? "\"\"\"" : "\""
        take(quotes.utf8.count, as: .literal)
        while at < text.count, !isNext(quotes + fence) {
            if isNext("\\" + fence + "(") {
                take(hashes + 2, as: .literal)
                readCode(endsAtParenthesis: true)
            } else {
                take(isNext("\\" + fence) ? hashes + 2 : 1, as: .literal)
            }
        }
        take(quotes.utf8.count + hashes, as: .literal)
    }

    /// How many `#` stand before the string literal that begins here, if one does.
    private func hashesBeforeLiteral() -> Int? {
        let hashes = text[at...].prefix { $0 == UInt8(ascii: "#") }.count
        guard at + hashes < text.count, text[at + hashes] == UInt8(ascii: "\"") else { return nil }
        return hashes
    }

    private func isNext(_ token: String) -> Bool {
        text[at...].starts(with: token.utf8)
    }

    private mutating func take(_ count: Int, as part: Part) {
        for byte in text[at...].prefix(count) {
            let blank = byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " ")
            code.append(part == .code ? byte : blank)
            comments.append(part == .comment ? byte : blank)
        }
        at = min(at + count, text.count)
    }
}
