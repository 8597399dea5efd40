/// The search for the first stop string in a text that arrives as bytes, token by token.
///
/// A stop string may begin and end inside tokens and span any number of them. It is compared as bytes.
package struct StopStrings: Sendable, Equatable {
    private let strings: [[UInt8]]
    /// The last bytes of the text in which a stop string could still begin.
    package private(set) var tail: [UInt8] = []
    /// The byte count of the whole text.
    package private(set) var byteCount = 0
    /// The byte count that no text reaches: sums do not overflow.
    private static let mostBytes = 1 << 48

    package init(_ strings: [String]) {
        self.strings = strings.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    package var isEmpty: Bool { strings.isEmpty }

    /// Resumes the search after so many bytes.
    ///
    /// - Returns: whether such a text can exist. If not, nothing changes.
    mutating func resume(byteCount: Int, tail: [UInt8]) -> Bool {
        let longest = strings.map(\.count).max() ?? 1
        guard (0...(isEmpty ? 0 : Self.mostBytes)).contains(byteCount), tail.count <= min(byteCount, longest - 1) else {
            return false
        }
        (self.byteCount, self.tail) = (byteCount, tail)
        return true
    }

    /// Adds a token's bytes.
    ///
    /// - Returns: the byte count of the text before the earliest stop string that these bytes complete; `nil` if they
    ///   complete none.
    package mutating func add(_ bytes: [UInt8]) -> Int? {
        let text = tail + bytes
        let textStart = byteCount - tail.count
        byteCount += bytes.count
        let matches = strings.compactMap { string in
            // The bytes before these hold no match.
            text.indices.first { text[$0...].starts(with: string) }
        }
        if let first = matches.min() { return textStart + first }
        let longest = strings.map(\.count).max() ?? 1
        tail = Array(text.suffix(longest - 1))
        return nil
    }
}
