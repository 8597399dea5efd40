/// Arrays of numbers as the bytes of a frame, least significant byte first.
enum LittleEndian {
    static func bytes(_ values: [Int32]) -> [UInt8] {
        bytes(count: values.count, width: 4) { UInt64(UInt32(bitPattern: values[$0])) }
    }

    static func bytes(_ values: [Float]) -> [UInt8] {
        bytes(count: values.count, width: 4) { UInt64(values[$0].bitPattern) }
    }

    static func bytes(_ values: [Double]) -> [UInt8] {
        bytes(count: values.count, width: 8) { values[$0].bitPattern }
    }

    /// `nil` where the frame's length is no multiple of the element's.
    static func int32s(_ frame: [UInt8]) -> [Int32]? {
        integers(frame, width: 4)?.map { Int32(bitPattern: UInt32(truncatingIfNeeded: $0)) }
    }

    static func floats(_ frame: [UInt8]) -> [Float]? {
        integers(frame, width: 4)?.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
    }

    static func doubles(_ frame: [UInt8]) -> [Double]? {
        integers(frame, width: 8)?.map { Double(bitPattern: $0) }
    }

    private static func bytes(count: Int, width: Int, _ value: (Int) -> UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * width)
        for index in 0..<count {
            let value = value(index)
            for shift in stride(from: 0, to: UInt64(8 * width), by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        return bytes
    }

    private static func integers(_ frame: [UInt8], width: Int) -> [UInt64]? {
        guard frame.count.isMultiple(of: width) else { return nil }
        return stride(from: 0, to: frame.count, by: width).map { start in
            (0..<width).reduce(0) { $0 | UInt64(frame[start + $1]) << UInt64(8 * $1) }
        }
    }
}
