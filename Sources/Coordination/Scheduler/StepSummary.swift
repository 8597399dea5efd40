import Jobs

/// The part of a step's result that the scheduler needs.
public enum StepSummary: Sendable, Equatable {
    case read
    /// - Parameter isFinished: whether the sample has ended.
    case generated(tokens: Int, isFinished: Bool)
    /// No worker can do the document.
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
