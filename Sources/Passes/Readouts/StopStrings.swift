/// Finds the first stop string in a text that arrives as bytes, token by token.
///
/// A stop string may begin and end inside tokens and span any number of them; it is matched on bytes.
package struct StopStrings: Sendable, Equatable {
    private let strings: [[UInt8]]
    /// The last bytes of the text that a stop string could still begin in.
    package private(set) var tail: [UInt8] = []
    /// Bytes of the whole text.
    package private(set) var byteCount = 0
    /// No text is as long: sums do not overflow.
    private static let mostBytes = 1 << 48

    package init(_ strings: [String]) {
        self.strings = strings.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    package var isEmpty: Bool { strings.isEmpty }

    /// Goes on after a text of so many bytes.
    ///
    /// - Returns: whether a text can have left this; nothing changes if it cannot.
    mutating func resume(byteCount: Int, tail: [UInt8]) -> Bool {
        let longest = strings.map(\.count).max() ?? 1
        guard (0...(isEmpty ? 0 : Self.mostBytes)).contains(byteCount), tail.count <= min(byteCount, longest - 1) else {
            return false
        }
        (self.byteCount, self.tail) = (byteCount, tail)
        return true
    }

    /// Takes in a token's bytes.
    ///
    /// - Returns: how many bytes of the text come before the stop string that these bytes complete, the earliest one if
    ///   they complete several; `nil` if they complete none.
    package mutating func add(_ bytes: [UInt8]) -> Int? {
        let text = tail + bytes
        let textStart = byteCount - tail.count
        byteCount += bytes.count
        let matches = strings.compactMap { string in
            // What was there before these bytes holds no match.
            text.indices.first { text[$0...].starts(with: string) }
        }
        if let first = matches.min() { return textStart + first }
        let longest = strings.map(\.count).max() ?? 1
        tail = Array(text.suffix(longest - 1))
        return nil
    }
}
