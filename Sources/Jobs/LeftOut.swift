/// A value that JSON omits if it is the default.
///
/// A job's id is a digest of its JSON, and ledgers store jobs. Omitted defaults keep the ids of existing jobs when an
/// option is added.
@propertyWrapper public struct LeftOut<Default: DefaultValue>: Sendable, Equatable {
    public var wrappedValue: Default.Value

    public init(wrappedValue: Default.Value) {
        self.wrappedValue = wrappedValue
    }
}

/// A default value, as a type.
public protocol DefaultValue: Sendable {
    associatedtype Value: Sendable, Equatable, Codable
    static var value: Value { get }
}

public enum DefaultOff: DefaultValue { public static var value: Bool { false } }
public enum DefaultZero: DefaultValue { public static var value: Int { 0 } }
public enum DefaultF32: DefaultValue { public static var value: Job.DataType { .f32 } }

extension LeftOut: Codable {
    public init(from decoder: any Decoder) throws {
        wrappedValue = try Default.Value(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try wrappedValue.encode(to: encoder)
    }
}

// Synthesised code of types with such properties calls these methods.

extension KeyedDecodingContainer {
    public func decode<Default>(_ type: LeftOut<Default>.Type, forKey key: Key) throws -> LeftOut<Default> {
        try LeftOut(wrappedValue: decodeIfPresent(Default.Value.self, forKey: key) ?? Default.value)
    }
}

extension KeyedEncodingContainer {
    public mutating func encode<Default>(_ value: LeftOut<Default>, forKey key: Key) throws {
        guard value.wrappedValue != Default.value else { return }
        try encode(value.wrappedValue, forKey: key)
    }
}
