/// Numbers as bytes, least significant byte first: in messages, rows and files.
public enum LittleEndian {
    // Inlinable, so that widths and types are known where they are used: a chunk has thousands of numbers each way.

    /// The bytes of numbers, one after the other.
    @inlinable
    public static func bytes<Number: LittleEndianNumber>(of numbers: [Number]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(numbers.span, to: &bytes)
        return bytes
    }

    /// Adds the bytes of numbers, one after the other.
    @inlinable
    public static func append<Number: LittleEndianNumber>(_ numbers: borrowing Span<Number>, to bytes: inout [UInt8]) {
        let width = MemoryLayout<Number.Pattern>.size
        bytes.append(addingCapacity: numbers.count * width) { output in
            for index in numbers.indices {
                let pattern = numbers[index].pattern
                for place in 0..<width { output.append(UInt8(truncatingIfNeeded: pattern >> (8 * place))) }
            }
        }
    }

    /// The numbers that bytes are.
    /// - Returns: `nil` where the bytes are not a whole count of numbers.
    @inlinable
    public static func numbers<Number: LittleEndianNumber>(
        of bytes: borrowing Span<UInt8>, as type: Number.Type = Number.self
    ) -> [Number]? {
        let width = MemoryLayout<Number.Pattern>.size
        let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: width)
        guard rest == 0 else { return nil }
        var numbers: [Number] = []
        numbers.append(addingCapacity: count) { output in
            for index in 0..<count {
                var pattern: Number.Pattern = 0
                for place in 0..<width { pattern |= Number.Pattern(bytes[index * width + place]) << (8 * place) }
                output.append(Number(pattern: pattern))
            }
        }
        return numbers
    }
}

/// A number of one size that travels as its bits.
public protocol LittleEndianNumber: BitwiseCopyable, Sendable {
    associatedtype Pattern: FixedWidthInteger & UnsignedInteger & Sendable

    /// The number's bits.
    var pattern: Pattern { get }
    init(pattern: Pattern)
}

extension FixedWidthInteger where Self: UnsignedInteger {
    @inlinable public var pattern: Self { self }
    @inlinable public init(pattern: Self) { self = pattern }
}

extension UInt8: LittleEndianNumber {}
extension UInt32: LittleEndianNumber {}
extension UInt64: LittleEndianNumber {}

extension Int32: LittleEndianNumber {
    @inlinable public var pattern: UInt32 { UInt32(bitPattern: self) }
    @inlinable public init(pattern: UInt32) { self.init(bitPattern: pattern) }
}

extension Int64: LittleEndianNumber {
    @inlinable public var pattern: UInt64 { UInt64(bitPattern: self) }
    @inlinable public init(pattern: UInt64) { self.init(bitPattern: pattern) }
}

extension Float: LittleEndianNumber {
    @inlinable public var pattern: UInt32 { bitPattern }
    @inlinable public init(pattern: UInt32) { self.init(bitPattern: pattern) }
}

extension Double: LittleEndianNumber {
    @inlinable public var pattern: UInt64 { bitPattern }
    @inlinable public init(pattern: UInt64) { self.init(bitPattern: pattern) }
}
