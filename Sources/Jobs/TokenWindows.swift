/// How the tokens of a text are cut into windows, and where the blocks of the arithmetic lie in them.
///
/// Positions count tokens from the text's start. Windows follow one another without gaps; a text's last one may be
/// shorter. Blocks of ``Job/blockTokens`` begin anew with each window.
public struct TokenWindows: Sendable, Equatable {
    /// A window and its place among those of the text, from 0.
    public struct Window: Sendable, Equatable {
        public var number: Int
        public var tokens: Range<Int>

        public init(number: Int, tokens: Range<Int>) {
            self.number = number
            self.tokens = tokens
        }
    }

    private let length: Int

    /// - Parameter length: tokens of a window, 1 or more; `nil`: the whole text is one window.
    public init(length: Int?) {
        precondition(length.map { $0 > 0 } ?? true, "windows without tokens")
        self.length = length ?? .max
    }

    /// Tokens of the position's window that lie before it.
    public func offset(of position: Int) -> Int { position % length }

    /// Whether the token at a position begins a window.
    public func isStart(_ position: Int) -> Bool { offset(of: position) == 0 }

    /// The number of the window that holds a position.
    public func number(of position: Int) -> Int { position / length }

    /// Windows that the first tokens of a text lie in.
    public func count(ofTokens tokens: Int) -> Int { number(of: tokens) + (isStart(tokens) ? 0 : 1) }

    /// The windows that end with one of some tokens, in their order.
    /// - Parameter isLast: the tokens are the text's last ones, so that a shorter window ends with them too.
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

    /// The positions among some tokens at which windows begin.
    public func starts(in tokens: Range<Int>) -> [Int] {
        guard let first = tokens.first.map({ isStart($0) ? 0 : length - offset(of: $0) }), first < tokens.count
        else { return [] }
        return Array(stride(from: tokens.lowerBound + first, to: tokens.upperBound, by: length))
    }

    /// How far a text is computed when so many of its tokens are there and more may come: up to the last block or
    /// window that is full.
    public func computed(ofTokens tokens: Int) -> Int { tokens - offset(of: tokens) % Job.blockTokens }

    /// Tokens from a position to the end of its block, or of its window if that ends before.
    public func room(at position: Int) -> Int {
        let offset = offset(of: position)
        return min(Job.blockTokens - offset % Job.blockTokens, length - offset)
    }
}
