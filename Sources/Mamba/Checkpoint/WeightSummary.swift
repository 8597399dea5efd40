/// What the tensors of a checkpoint amount to.
public struct WeightSummary: Sendable, Equatable {
    /// Numbers in all tensors.
    public var elements = 0
    /// Bytes in which they are stored.
    public var bytes = 0
    /// Names of the types in which they are stored, as the format spells them, sorted.
    public var types: [String] = []

    mutating func add(_ other: WeightSummary) {
        elements += other.elements
        bytes += other.bytes
        types = Set(types + other.types).sorted()
    }
}
