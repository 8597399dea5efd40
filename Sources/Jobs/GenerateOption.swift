/// An option of `generate`, and all that job files, batch lines and messages need to know of it.
public struct GenerateOption: Sendable {
    public typealias Place<Value> = any WritableKeyPath<GenerateOptions, Value> & Sendable

    /// Where the option's value lies, and which values it may have.
    public enum Value: Sendable {
        case integer(Place<Int>, OptionRange<Int>)
        case number(Place<Double>, OptionRange<Double>)
        case flag(Place<Bool>)
        /// A number of 64 bits without a sign.
        case seed(Place<UInt64>)
        /// Texts, of which none is empty.
        case texts(Place<[String]>)
    }

    /// The option's key in the section `generate` of a job file, and in a batch line.
    public let key: String
    public let value: Value
    /// What it does, for people; `nil`: job files do not have the option.
    public let meaning: String?

    init(_ key: String, _ value: Value, _ meaning: String? = nil) {
        self.key = key
        self.value = value
        self.meaning = meaning
    }

    /// The options of job files, in the order of ``all``.
    public static let ofJobFiles = all.filter { $0.meaning != nil }

    /// The value that counts where the option is left out, as a job file would have it.
    public var standard: String { text(in: GenerateOptions()) }

    /// Whether some options have the value that counts where the option is left out.
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

    /// Gives some options the value that others have.
    public func copy(from source: GenerateOptions, to options: inout GenerateOptions) {
        switch value {
        case .integer(let place, _): options[keyPath: place] = source[keyPath: place]
        case .number(let place, _): options[keyPath: place] = source[keyPath: place]
        case .flag(let place): options[keyPath: place] = source[keyPath: place]
        case .seed(let place): options[keyPath: place] = source[keyPath: place]
        case .texts(let place): options[keyPath: place] = source[keyPath: place]
        }
    }

    /// Why the value that the options have is none of the option's; `nil` if it is one.
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
