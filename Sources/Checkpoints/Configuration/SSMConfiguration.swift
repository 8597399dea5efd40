internal import JSON

/// A value of `ssm_cfg`, whose keys are the arguments of a Python constructor.
enum ConfigurationValue: CustomStringConvertible {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([ConfigurationValue])
    /// An object: `{"__float__": "Infinity"}`, or `nil` for any other.
    case object(FloatOrInfinity?)

    init(_ json: JSONValue) {
        self =
            switch json {
            case .null: .null
            case .bool(let value): .bool(value)
            case .number: json.number.map { .number($0) } ?? .object(nil)
            case .string: .text(json.text ?? "")
            case .array(let values): .list(values.map { ConfigurationValue($0) })
            case .object, .brokenString: .object(FloatOrInfinity(json))
            }
    }

    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .text(let value): value
        case .list(let values): "\(values)"
        case .object(let value): value.map { "\($0.value)" } ?? "an object"
        }
    }
}

/// The `ssm_cfg` object. Each value is taken once. A value left at the end would describe another model.
struct SSMConfiguration {
    private var values: [String: ConfigurationValue]
    let checks: ConfigurationChecks

    init(values: [String: ConfigurationValue], checks: ConfigurationChecks) {
        self.values = values
        self.checks = checks
    }

    mutating func ignore(_ keys: [String]) {
        for key in keys { values[key] = nil }
    }

    /// The value of a key; `nil` if the key is missing or null. Python writes null for a missing value.
    private mutating func take(_ key: String) -> ConfigurationValue? {
        guard let value = values.removeValue(forKey: key) else { return nil }
        if case .null = value { return nil }
        return value
    }

    private func unsupported(_ key: String, _ value: ConfigurationValue) -> ModelError {
        checks.unsupported("ssm_cfg." + key, "\(value)")
    }

    mutating func text(_ key: String) throws(ModelError) -> String? {
        guard let value = take(key) else { return nil }
        guard case .text(let text) = value else { throw unsupported(key, value) }
        return text
    }

    mutating func bool(_ key: String) throws(ModelError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard case .bool(let bool) = value else { throw unsupported(key, value) }
        return bool
    }

    mutating func number(_ key: String) throws(ModelError) -> Double? {
        guard let value = take(key) else { return nil }
        guard case .number(let number) = value else { throw unsupported(key, value) }
        return number
    }

    mutating func numbers(_ key: String) throws(ModelError) -> [Float]? {
        guard let value = take(key) else { return nil }
        guard case .list(let elements) = value else { throw unsupported(key, value) }
        return try elements.map { (element) throws(ModelError) in
            switch element {
            case .number(let number): return Float(number)
            case .object(let number?): return number.value
            default: throw unsupported(key, value)
            }
        }
    }

    mutating func count(
        _ key: String, otherwise: Int, atMost limit: Int = ConfigurationChecks.largestSize
    ) throws(ModelError) -> Int {
        guard let value = take(key) else { return otherwise }
        guard case .number(let number) = value, let count = Int(exactly: number) else { throw unsupported(key, value) }
        return try checks.size(count, "ssm_cfg." + key, atMost: limit)
    }

    /// A count; `nil` if the value is `"auto"` or missing.
    mutating func automaticOrCount(_ key: String) throws(ModelError) -> Int? {
        if case .text("auto")? = values[key] { values[key] = nil }
        return values[key] == nil ? nil : try count(key, otherwise: 0)
    }

    /// Requires the supported value of a key, which is also the key's default.
    mutating func require(_ key: String, _ supported: Bool) throws(ModelError) {
        let value = try bool(key) ?? supported
        guard value == supported else { throw unsupported(key, .bool(value)) }
    }

    mutating func requireNull(_ key: String) throws(ModelError) {
        if let value = take(key) { throw unsupported(key, value) }
    }

    func refuseWhatIsLeft(of layer: String) throws(ModelError) {
        guard let (key, value) = values.min(by: { $0.key < $1.key }) else { return }
        throw checks.unsupported("ssm_cfg.\(key)", "\(value), an argument that \(layer) does not have")
    }
}
