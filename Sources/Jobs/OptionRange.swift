/// The valid numbers of an option, and their description in errors.
public struct OptionRange<Number: Comparable & Sendable>: Sendable, CustomStringConvertible {
    private let numbers: ClosedRange<Number>
    /// The description in words that follow "is not": `an integer from 1 to 5`.
    public let description: String

    public func contains(_ number: Number) -> Bool { numbers.contains(number) }

    /// The error message for an invalid value.
    /// - Parameter value: the value as written.
    public func refusal(of value: String) -> String { "\(description) belongs here, not '\(value)'" }
}

extension OptionRange<Int> {
    public init(_ numbers: ClosedRange<Int>) {
        self.numbers = numbers
        description =
            switch (numbers.lowerBound, numbers.upperBound) {
            case (.min, .max): "an integer of 64 bits"
            case (let least, .max): "an integer of \(least) or more"
            case (let least, let most): "an integer from \(least) to \(most)"
            }
    }
}

extension OptionRange<Double> {
    /// A probability, or a fraction.
    public static let part = OptionRange(numbers: 0...1, description: "a number from 0 to 1")
    public static let percent = OptionRange(numbers: 0...100, description: "0% to 100%")
    /// Finite nonnegative numbers.
    public static let notNegative = OptionRange(
        numbers: 0 ... .greatestFiniteMagnitude, description: "a number of 0 or more")
    /// Finite positive numbers.
    public static let positive = OptionRange(
        numbers: .leastNonzeroMagnitude ... .greatestFiniteMagnitude, description: "a number above 0")
}
