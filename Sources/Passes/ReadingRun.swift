internal import Jobs

/// The tokens of one call of `read` on their way through the model.
struct ReadingRun {
    /// The tokens that waited before, and the new ones.
    private let tokens: [Int32]
    private var next = 0
    /// The position of the next token, counted from the document's start.
    private(set) var position: Int
    let isLast: Bool
    var output = StepOutput()

    init(_ tokens: [Int32], at position: Int, isLast: Bool) {
        self.tokens = tokens
        self.position = position
        self.isLast = isLast
    }

    var rest: ArraySlice<Int32> { tokens[next...] }

    mutating func advance(by count: Int) {
        next += count
        position += count
    }
}
