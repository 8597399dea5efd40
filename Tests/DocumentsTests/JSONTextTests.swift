import Documents
import FoundationEssentials
import TestSupport
import Testing

@Suite struct JSONTextTests {
    private func text(_ write: (inout JSONText) -> Void) -> String {
        var text = JSONText()
        write(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    @Test func membersKeepTheirOrderAndCommasComeByThemselves() {
        let written = text {
            $0.beginObject()
            $0.key("z")
            $0.integer(1)
            $0.key("a")
            $0.beginArray()
            $0.null()
            $0.boolean(true)
            $0.beginArray()
            $0.endArray()
            $0.string("s")
            $0.endArray()
            $0.key("m")
            $0.beginObject()
            $0.endObject()
            $0.endObject()
            $0.endLine()
            $0.beginObject()
            $0.endObject()
        }
        #expect(written == #"{"z":1,"a":[null,true,[],"s"],"m":{}}"# + "\n{}")
    }

    @Test func takenBytesLeaveThePlaceInTheText() {
        var text = JSONText()
        text.beginArray()
        text.integer(1)
        let first = text.takeBytes()
        text.integer(2)
        text.endArray()
        #expect(String(decoding: first + text.takeBytes(), as: UTF8.self) == "[1,2]")
        #expect(text.bytes.isEmpty)
    }

    @Test(arguments: [
        ("", #""""#),
        ("plain", #""plain""#),
        ("quote \" back \\ slash /", #""quote \" back \\ slash /""#),
        ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
        ("\u{0}\u{1}\u{1F}\u{7F}", #""\u0000\u0001\u001f"# + "\u{7F}\""),
        ("é 漢字 😀 \u{2028}\u{FEFF}", "\"é 漢字 😀 \u{2028}\u{FEFF}\""),
        ("\n", #""\n""#),
        ("ends\n", #""ends\n""#),
    ])
    func stringsAreEscapedOnlyWhereTheyMust(value: String, written: String) {
        #expect(text { $0.string(value) } == written)
    }

    @Test func stringsReadBack() throws {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<200 {
            let value = String.random(scalars: Int.random(in: 0..<60, using: &generator), using: &generator)
            let written = text { $0.string(value) }
            let read = try JSONDecoder().decode(String.self, from: Data(written.utf8))
            #expect(Array(read.utf8) == Array(value.utf8))
        }
    }

    @Test(arguments: [
        (Float(0), "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (1e-5, "1e-05"), (16_777_216, "16777216.0"),
        (.greatestFiniteMagnitude, "3.4028235e+38"), (.leastNonzeroMagnitude, "1e-45"), (.infinity, "null"),
        (-.infinity, "null"), (.nan, "null"),
    ])
    func floatsAreShortest(value: Float, written: String) {
        #expect(text { $0.number(value) } == written)
    }

    @Test(arguments: [
        (0.1, "0.1"), (Double.leastNonzeroMagnitude, "5e-324"), (1e22, "1e+22"), (.infinity, "null"), (.nan, "null"),
        (Double(Float(0.1)), "0.10000000149011612"),
    ])
    func doublesAreShortest(value: Double, written: String) {
        #expect(text { $0.number(value) } == written)
    }

    /// Also that no text with fewer digits would do: the shortest has at most 9 (float32).
    @Test func everyFloatReadsBackToTheSameBits() throws {
        var generator = SplitMix64(seed: 2)
        var patterns: [UInt32] = [0, 1, 0x8000_0000, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF]
        for _ in 0..<50_000 { patterns.append(UInt32(truncatingIfNeeded: generator.next())) }
        let values = patterns.map { Float(bitPattern: $0) }.filter(\.isFinite)
        let written = text {
            $0.beginArray()
            $0.numbers(values)
            $0.endArray()
        }
        let texts = written.dropFirst().dropLast().split(separator: ",")
        #expect(texts.count == values.count)
        for (text, value) in zip(texts, values) {
            guard let read = Float(text), read.bitPattern == value.bitPattern else {
                Issue.record("\(text) does not read back to \(value.bitPattern)")
                return
            }
            if text.prefix(while: { $0 != "e" }).filter(\.isNumber).count > 17 { Issue.record("\(text) is long") }
        }
        // A reader that knows float64 only, and rounds afterwards, gets the same.
        let decoded = try JSONDecoder().decode([Double].self, from: Data(written.utf8))
        #expect(decoded.map { Float($0).bitPattern } == values.map(\.bitPattern))
    }

    @Test(arguments: [([Float](), #""""#), ([1], #""AACAPw==""#), ([1, -2.5], #""AACAPwAAIMA=""#)])
    func base64IsLittleEndian(values: [Float], written: String) {
        #expect(text { $0.base64(values) } == written)
    }
}
