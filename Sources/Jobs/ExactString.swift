/// A text from outside that is itself and no other: an id, a name, a path.
///
/// Two Swift strings are equal when they are canonically equivalent (Unicode Standard Annex 15); to files, databases
/// and other programs they are the same when their bytes are. Sets and dictionaries of outside text have this for a
/// key.
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
        // No UTF-8 has it: where the text ends.
        hasher.combine(UInt8.max)
    }
}

extension StringProtocol {
    /// Whether it begins with a slash, whatever mark comes behind it.
    public var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

    /// Pieces between slashes, as a file system takes them: a combining mark behind a slash hides it from
    /// `split(separator:)`, which looks at whole characters.
    public func pathComponents(omittingEmpty: Bool = true) -> [Substring] {
        Substring(self).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: omittingEmpty)
            .map { Substring($0) }
    }
}
