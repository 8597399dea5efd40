/// An exact text from outside, compared by bytes: an id, a name, a path.
///
/// Swift strings are equal if they are canonically equivalent (Unicode Standard Annex 15). Files, databases and other
/// programs compare bytes. Sets and dictionaries of outside text use this type as their key.
public struct ExactString: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        // UTF-8 never contains this byte, so it marks the end of the text.
        hasher.combine(UInt8.max)
    }
}

extension StringProtocol {
    /// Whether the text begins with a slash, even if a combining mark follows.
    public var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

    /// The components between slashes, as in a file system. `split(separator:)` compares whole characters, so it misses
    /// a slash before a combining mark.
    public func pathComponents(omittingEmpty: Bool = true) -> [Substring] {
        Substring(self).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: omittingEmpty)
            .map { Substring($0) }
    }
}
