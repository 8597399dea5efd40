import Kernels
import Testing

@Suite struct FloatBufferTests {
    @Test func aCopyIsIndependent() {
        let first = FloatBuffer([1, 2, 3])
        var second = first
        second[1] = 9
        #expect(first.array == [1, 2, 3])
        #expect(second.array == [1, 9, 3])
    }

    @Test func equalityIsOfBits() {
        #expect(FloatBuffer([.nan]) == FloatBuffer([.nan]))
        #expect(FloatBuffer([0.0]) != FloatBuffer([-0.0]))
        #expect(FloatBuffer([1]) != FloatBuffer([1, 1]))
    }

    @Test func bytesReadBackToTheSameBits() {
        var numbers = Numbers(seed: 3)
        let buffer = FloatBuffer(numbers.floats(101) + [.nan, -0.0, .infinity, .leastNonzeroMagnitude])
        var bytes: [UInt8] = [1, 2]
        buffer.appendLittleEndianBytes(to: &bytes)
        #expect(FloatBuffer(littleEndianBytes: bytes[2...]) == buffer)
        #expect(Array(bytes[2..<6]) == (0..<4).map { UInt8(truncatingIfNeeded: buffer[0].bitPattern >> (8 * $0)) })
    }

    @Test(arguments: [Float.infinity, -.infinity, .nan])
    func oneNumberThatIsNotFiniteIsFound(number: Float) {
        var buffer = FloatBuffer(repeating: .greatestFiniteMagnitude, count: 1000)
        #expect(buffer.isFinite)
        buffer[997] = number
        #expect(!buffer.isFinite)
    }
}
