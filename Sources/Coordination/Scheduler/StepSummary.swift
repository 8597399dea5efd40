import Jobs

/// A step's result as far as the scheduler needs to know it.
public enum StepSummary: Sendable, Equatable {
    case read
    /// - Parameter isFinished: the sample has ended.
    case generated(tokens: Int, isFinished: Bool)
    /// The document cannot be done by anyone.
    case documentFailed

    init(_ outcome: StepOutcome) {
        self =
            switch outcome {
            case .documentFailed: .documentFailed
            case .output(let output):
                output.generated.map { .generated(tokens: $0.tokens.count, isFinished: $0.finish != nil) } ?? .read
            }
    }
}
