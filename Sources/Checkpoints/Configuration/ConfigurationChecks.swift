/// Checks the numbers of a configuration. Errors name the file, the key and the value.
///
/// Each size has a limit, so that products of a few sizes do not overflow. The state has one too, so that a false
/// configuration cannot allocate too much memory.
struct ConfigurationChecks {
    /// The file's name in error messages.
    let file: String

    /// The limit of a size. Real models are smaller.
    static let largestSize = 1 << 20
    static let mostLayers = 1 << 12
    /// The limit of the states of a Mamba-2 head.
    static let mostHeadStates = 1 << 12
    /// The limit of a sequence's recurrent state: 16 GiB, one hundred times that of the largest published model.
    private static let mostStateBytes = 16.0 * 0x1p30

    func unsupported(_ key: String, _ value: String) -> ModelError {
        ModelError.unsupported(key: key, value: value, file: file)
    }

    func required<Value>(_ value: Value?, _ key: String) throws(ModelError) -> Value {
        guard let value else { throw ModelError.missingKey(key, file: file) }
        return value
    }

    /// A count of at least 1.
    func size(_ value: Int?, _ key: String, atMost limit: Int = largestSize) throws(ModelError) -> Int {
        let value = try required(value, key)
        guard value >= 1, value <= limit else { throw unsupported(key, "\(value)") }
        return value
    }

    func layers(_ value: Int?, _ key: String) throws(ModelError) -> Int {
        try size(value, key, atMost: Self.mostLayers)
    }

    func epsilon(_ value: Double?, _ key: String, otherwise: Double) throws(ModelError) -> Float {
        let value = value ?? otherwise
        guard value > 0, value < 1 else { throw unsupported(key, "\(value)") }
        return Float(value)
    }

    /// d_inner: the expansion factor times the hidden size.
    func channels(expand: Double, hiddenSize: Int) throws(ModelError) -> Int {
        let channels = expand * Double(hiddenSize)
        guard channels >= 1, channels <= Double(Self.largestSize) else { throw unsupported("expand", "\(expand)") }
        return Int(channels)
    }

    /// The limits of the step after softplus.
    func stepLimit(_ limit: [Float]?, _ key: String) throws(ModelError) -> ClosedRange<Float> {
        guard let limit else { return 0 ... .infinity }
        guard limit.count == 2, limit[0] <= limit[1] else { throw unsupported(key, "\(limit)") }
        return limit[0]...limit[1]
    }

    func checked(_ configuration: ModelConfiguration) throws(ModelError) -> ModelConfiguration {
        let bytes = configuration.stateBytes(afterTokens: 0)
        guard Double(bytes) <= Self.mostStateBytes else {
            throw unsupported("the model's size", "\(bytes) bytes of state for each document")
        }
        return configuration
    }
}
