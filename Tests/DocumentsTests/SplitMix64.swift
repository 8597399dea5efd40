/// Random numbers that a seed repeats (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension String {
    /// Scalars of every UTF-8 length and the characters that JSON escapes, but no NUL.
    static func random(scalars count: Int, using generator: inout SplitMix64) -> String {
        var text = String.UnicodeScalarView()
        while text.count < count {
            let value: UInt32 =
                switch generator.next() % 6 {
                case 0: .random(in: 1..<0x20, using: &generator)
                case 1: .random(in: 0x20..<0x80, using: &generator)
                case 2: .random(in: 0x80..<0x800, using: &generator)
                case 3: .random(in: 0x800..<0x1_0000, using: &generator)
                case 4: .random(in: 0x1_0000..<0x11_0000, using: &generator)
                default: [0x22, 0x5C, 0x2F, 0x0A].randomElement(using: &generator)!
                }
            if let scalar = Unicode.Scalar(value) { text.append(scalar) }
        }
        return String(text)
    }
}
