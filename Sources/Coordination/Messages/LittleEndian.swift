/// Arrays of numbers as the bytes of a frame, least significant byte first.
enum LittleEndian {
    static func bytes(_ values: [Int32]) -> [UInt8] {
        bytes(values, width: 4) { UInt64(UInt32(bitPattern: $0)) }
    }

    static func bytes(_ values: [Float]) -> [UInt8] {
        bytes(values, width: 4) { UInt64($0.bitPattern) }
    }

    static func bytes(_ values: [Double]) -> [UInt8] {
        bytes(values, width: 8) { $0.bitPattern }
    }

    /// `nil` where the frame's length is no multiple of the element's.
    static func int32s(_ frame: [UInt8]) -> [Int32]? {
        numbers(frame, width: 4) { Int32(truncatingIfNeeded: $0) }
    }

    static func floats(_ frame: [UInt8]) -> [Float]? {
        numbers(frame, width: 4) { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
    }

    static func doubles(_ frame: [UInt8]) -> [Double]? {
        numbers(frame, width: 8) { Double(bitPattern: $0) }
    }

    // Inlined, so that widths and types are known: a chunk has thousands of numbers each way.

    @inline(__always)
    private static func bytes<Number>(_ values: [Number], width: Int, _ pattern: (Number) -> UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: values.count * width) { output in
            for value in values {
                let pattern = pattern(value)
                for shift in stride(from: 0, to: UInt64(8 * width), by: 8) {
                    output.append(UInt8(truncatingIfNeeded: pattern >> shift))
                }
            }
        }
        return bytes
    }

    @inline(__always)
    private static func numbers<Number>(
        _ frame: [UInt8], width: Int, _ number: (UInt64) -> Number
    ) -> [Number]? {
        let (count, rest) = frame.count.quotientAndRemainder(dividingBy: width)
        guard rest == 0 else { return nil }
        var numbers: [Number] = []
        let bytes = frame.span
        numbers.append(addingCapacity: count) { output in
            for index in 0..<count {
                var pattern: UInt64 = 0
                for place in 0..<width { pattern |= UInt64(bytes[index * width + place]) << UInt64(8 * place) }
                output.append(number(pattern))
            }
        }
        return numbers
    }
}
