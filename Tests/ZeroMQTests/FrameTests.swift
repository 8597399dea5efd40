import Testing
import ZeroMQ

@Suite struct FrameTests {
    @Test(arguments: [0, 1, 3, 1023, 1024, 5000])
    func numbersComeBackBitForBit(count: Int) throws {
        let pattern = (0..<count).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
        let floats = pattern.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
        let doubles = pattern.map { Double(bitPattern: $0) }
        let integers = pattern.map { Int32(truncatingIfNeeded: $0) }
        let long = pattern.map { Int64(truncatingIfNeeded: $0) }
        #expect([Float](Frame(floats))?.map(\.bitPattern) == floats.map(\.bitPattern))
        #expect([Double](Frame(doubles))?.map(\.bitPattern) == doubles.map(\.bitPattern))
        #expect([Int32](Frame(integers)) == integers)
        #expect([Int64](Frame(long)) == long)
    }

    @Test func numbersAreLittleEndian() {
        #expect(Frame([0x0403_0201, -2] as [Int32]).bytes == [1, 2, 3, 4, 0xFE, 0xFF, 0xFF, 0xFF])
        #expect(Frame([1] as [Float]).bytes == [0, 0, 0x80, 0x3F])
        #expect(Frame([1] as [Double]).bytes == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    }

    @Test(arguments: [1, 2, 3, 5, 7, 4097])
    func bytesThatAreNoWholeNumberOfElementsGiveNil(count: Int) {
        let frame = Frame([UInt8](repeating: 0, count: count))
        #expect([Int32](frame) == nil)
        #expect([Double](frame) == nil)
        #expect([UInt8](frame)?.count == count)
    }

    @Test func textMustBeUTF8() {
        #expect(Frame("größe").text == "größe")
        #expect(Frame().text == "")
        #expect(Frame([0xFF, 0x41]).text == nil)
    }

    @Test(arguments: [0, 1, 33, 34, 4095, 4096, 100_000])
    func framesOfTheSameBytesAreEqual(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let frame = Frame(bytes)
        #expect(frame == Frame(bytes))
        #expect(frame.hashValue == Frame(bytes).hashValue)
        #expect(frame != Frame(bytes + [0]))
        #expect(frame.count == count)
        #expect(frame.isEmpty == bytes.isEmpty)
        #expect(frame.withBytes { $0.byteCount } == count)
        if count > 0 { #expect(frame != Frame(bytes.dropLast() + [~bytes[count - 1]])) }
    }

    @Test(arguments: [10, 100_000])
    func aFrameKeepsItsBytesWhenItsArrayChanges(count: Int) {
        var bytes = [UInt8](repeating: 1, count: count)
        let frame = Frame(bytes)
        bytes[0] = 2
        #expect(frame.bytes == [UInt8](repeating: 1, count: count))
    }
}
