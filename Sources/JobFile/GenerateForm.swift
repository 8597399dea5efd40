internal import Jobs

/// The section `generate` of a job file.
///
/// An option that job files do not have is included if its value is not the default. A job of another client may have
/// such an option, and the option changes the rows.
struct GenerateForm: Sendable, Codable, Equatable {
    private var options: GenerateOptions

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(_ options: GenerateOptions) {
        self.options = options
    }

    init(from decoder: any Decoder) throws {
        options = GenerateOptions()
        let values = try decoder.container(keyedBy: Key.self)
        for option in GenerateOption.all where values.contains(Key(stringValue: option.key)) {
            let key = Key(stringValue: option.key)
            switch option.value {
            case .integer(let place, _): options[keyPath: place] = try values.decode(Int.self, forKey: key)
            case .number(let place, _): options[keyPath: place] = try values.decode(Double.self, forKey: key)
            case .flag(let place): options[keyPath: place] = try values.decode(Bool.self, forKey: key)
            case .seed(let place): options[keyPath: place] = try values.decode(UInt64.self, forKey: key)
            case .texts(let place): options[keyPath: place] = try values.decode([String].self, forKey: key)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        for option in GenerateOption.all where option.meaning != nil || !option.isStandard(in: options) {
            let key = Key(stringValue: option.key)
            switch option.value {
            case .integer(let place, _): try values.encode(options[keyPath: place], forKey: key)
            case .number(let place, _): try values.encode(options[keyPath: place], forKey: key)
            case .flag(let place): try values.encode(options[keyPath: place], forKey: key)
            case .seed(let place): try values.encode(options[keyPath: place], forKey: key)
            case .texts(let place): try values.encode(options[keyPath: place], forKey: key)
            }
        }
    }
}
