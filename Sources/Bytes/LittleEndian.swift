/// Numbers as bytes, least significant byte first: in messages, rows and files.
public enum LittleEndian {
    /// The bytes of numbers, one after the other.
    public static func bytes<Number: LittleEndianNumber>(of numbers: [Number]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(numbers, to: &bytes)
        return bytes
    }

    /// Adds the bytes of numbers, one after the other.
    public static func append<Number: LittleEndianNumber>(_ numbers: [Number], to bytes: inout [UInt8]) {
        unsafe numbers.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// The numbers that bytes are.
    /// - Returns: `nil` where the bytes are not a whole count of numbers.
    public static func numbers<Number: LittleEndianNumber>(
        of bytes: [UInt8], as type: Number.Type = Number.self
    ) -> [Number]? {
        let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: MemoryLayout<Number>.size)
        guard rest == 0 else { return nil }
        return unsafe bytes.withUnsafeBytes { source in
            unsafe [Number](unsafeUninitializedCapacity: count) { target, initializedCount in
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                initializedCount = count
            }
        }
    }
}

#if _endian(big)
#error("numbers are copied as they lie in memory, and are not swapped")
#endif

/// A number of one size, of which all bits are a value, and which memory holds with its least significant byte first.
public protocol LittleEndianNumber: BitwiseCopyable, Sendable {}

extension UInt8: LittleEndianNumber {}
extension UInt32: LittleEndianNumber {}
extension UInt64: LittleEndianNumber {}
extension Int32: LittleEndianNumber {}
extension Int64: LittleEndianNumber {}
extension Float: LittleEndianNumber {}
extension Double: LittleEndianNumber {}
