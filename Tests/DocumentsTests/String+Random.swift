import TestSupport

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
