/// The division of a text's tokens into windows and blocks.
///
/// Positions count tokens from the text's start. Windows are contiguous. A text's last window may be shorter. Blocks of
/// ``Job/blockTokens`` begin anew in each window.
public struct TokenWindows: Sendable, Equatable {
    /// A window and its number in the text, from 0.
    public struct Window: Sendable, Equatable {
        public var number: Int
        public var tokens: Range<Int>

        public init(number: Int, tokens: Range<Int>) {
            self.number = number
            self.tokens = tokens
        }
    }

    private let length: Int

    /// - Parameter length: the tokens of a window, at least 1; `nil` if the whole text is one window.
    public init(length: Int?) {
        precondition(length.map { $0 > 0 } ?? true, "windows without tokens")
        self.length = length ?? .max
    }

    /// The offset of a position within its window, in tokens.
    public func offset(of position: Int) -> Int { position % length }

    /// Whether the token at a position begins a window.
    public func isStart(_ position: Int) -> Bool { offset(of: position) == 0 }

    /// The number of the window that contains a position.
    public func number(of position: Int) -> Int { position / length }

    /// The number of windows that contain the first tokens of a text.
    public func count(ofTokens tokens: Int) -> Int { number(of: tokens) + (isStart(tokens) ? 0 : 1) }

    /// The windows that end within a range of tokens, in order.
    /// - Parameter isLast: whether the text ends with the range, so that a shorter window ends there too.
    public func ending(in tokens: Range<Int>, isLast: Bool) -> [Window] {
        let end = tokens.upperBound
        var windows = (number(of: tokens.lowerBound)..<number(of: end)).map {
            Window(number: $0, tokens: $0 * length..<($0 + 1) * length)
        }
        if isLast, !isStart(end) {
            windows.append(Window(number: number(of: end), tokens: end - offset(of: end)..<end))
        }
        return windows
    }

    /// The positions in a range of tokens at which windows begin.
    public func starts(in tokens: Range<Int>) -> [Int] {
        guard let first = tokens.first.map({ isStart($0) ? 0 : length - offset(of: $0) }), first < tokens.count
        else { return [] }
        return Array(stride(from: tokens.lowerBound + first, to: tokens.upperBound, by: length))
    }

    /// The number of tokens that can be computed if more tokens may follow: up to the last full block or window.
    public func computed(ofTokens tokens: Int) -> Int { tokens - offset(of: tokens) % Job.blockTokens }

    /// The number of tokens from a position to the end of its block or window, whichever is first.
    public func room(at position: Int) -> Int {
        let offset = offset(of: position)
        return min(Job.blockTokens - offset % Job.blockTokens, length - offset)
    }
}
