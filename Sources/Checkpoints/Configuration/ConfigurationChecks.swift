/// Refuses what no model is: with the key, the value, and the file in the message.
///
/// Sizes are limited one by one so that products of a few of them do not overflow, and together so that nothing out of
/// proportion is allocated for a configuration that lies.
struct ConfigurationChecks {
    /// What error messages name.
    let file: String

    /// Larger than any width of a real model.
    static let largestSize = 1 << 20
    static let mostLayers = 1 << 12
    /// Of a Mamba-2 head.
    static let mostHeadStates = 1 << 12
    /// Of a document: 16 GiB, one hundred times that of the largest published model.
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

    /// d_inner: the hidden size expanded.
    func channels(expand: Double, hiddenSize: Int) throws(ModelError) -> Int {
        let channels = expand * Double(hiddenSize)
        guard channels >= 1, channels <= Double(Self.largestSize) else { throw unsupported("expand", "\(expand)") }
        return Int(channels)
    }

    /// What steps are clamped to.
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
