/// An option of `generate`, with all that job files, batch lines and messages need.
public struct GenerateOption: Sendable {
    public typealias Place<Value> = any WritableKeyPath<GenerateOptions, Value> & Sendable

    /// The option's field and its valid values.
    public enum Value: Sendable {
        case integer(Place<Int>, OptionRange<Int>)
        case number(Place<Double>, OptionRange<Double>)
        case flag(Place<Bool>)
        /// An unsigned 64-bit number.
        case seed(Place<UInt64>)
        /// A list of texts, none of which is empty.
        case texts(Place<[String]>)
    }

    /// The option's key in the section `generate` of a job file, and in a batch line.
    public let key: String
    public let value: Value
    /// The explanation for users; `nil` for an option that job files do not have.
    public let meaning: String?

    init(_ key: String, _ value: Value, _ meaning: String? = nil) {
        self.key = key
        self.value = value
        self.meaning = meaning
    }

    /// The options of job files, in the order of ``all``.
    public static let ofJobFiles = all.filter { $0.meaning != nil }

    /// The default value, as written in a job file.
    public var standard: String { text(in: GenerateOptions()) }

    /// Whether an option set has the default value.
    public func isStandard(in options: GenerateOptions) -> Bool {
        var copy = GenerateOptions()
        self.copy(from: options, to: &copy)
        return copy == GenerateOptions()
    }

    private func text(in options: GenerateOptions) -> String {
        switch value {
        case .integer(let place, _): "\(options[keyPath: place])"
        case .number(let place, _): "\(options[keyPath: place])"
        case .flag(let place): "\(options[keyPath: place])"
        case .seed(let place): "\(options[keyPath: place])"
        case .texts(let place): "\(options[keyPath: place])"
        }
    }

    /// Copies the option's value from one set to another.
    public func copy(from source: GenerateOptions, to options: inout GenerateOptions) {
        switch value {
        case .integer(let place, _): options[keyPath: place] = source[keyPath: place]
        case .number(let place, _): options[keyPath: place] = source[keyPath: place]
        case .flag(let place): options[keyPath: place] = source[keyPath: place]
        case .seed(let place): options[keyPath: place] = source[keyPath: place]
        case .texts(let place): options[keyPath: place] = source[keyPath: place]
        }
    }

    /// The reason why the value is invalid; `nil` if it is valid.
    func problem(of options: GenerateOptions) -> OptionProblem? {
        let message: String? =
            switch value {
            case .integer(let place, let range): range.problem(of: options[keyPath: place])
            case .number(let place, let range): range.problem(of: options[keyPath: place])
            case .flag, .seed: nil
            case .texts(let place): options[keyPath: place].contains("") ? "a text in it cannot be empty" : nil
            }
        return message.map { OptionProblem(key, $0) }
    }
}

extension OptionRange {
    fileprivate func problem(of number: Number) -> String? {
        contains(number) ? nil : refusal(of: "\(number)")
    }
}
