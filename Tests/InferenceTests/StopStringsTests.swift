import Passes
import Testing

@Suite struct StopStringsTests {
    @Test func aStopStringInsideATokenEndsTheTextBeforeIt() {
        var stops = StopStrings(["stop"])
        #expect(stops.add(Array("we stop here".utf8)) == 3)
    }

    @Test func aStopStringSpansTokens() {
        var stops = StopStrings(["\n\nEND"])
        #expect(stops.add(Array("text\n".utf8)) == nil)
        #expect(stops.add(Array("\nE".utf8)) == nil)
        #expect(stops.add(Array("N".utf8)) == nil)
        #expect(stops.add(Array("D.".utf8)) == 4)
    }

    @Test func ofSeveralTheEarliestCounts() {
        var stops = StopStrings(["cd", "bcd", "x"])
        #expect(stops.add(Array("a".utf8)) == nil)
        #expect(stops.add(Array("bcdx".utf8)) == 1)
    }

    @Test func aFalseStartIsNoMatch() {
        var stops = StopStrings(["aab"])
        #expect(stops.add(Array("a".utf8)) == nil)
        #expect(stops.add(Array("a".utf8)) == nil)
        #expect(stops.add(Array("a".utf8)) == nil)
        #expect(stops.add(Array("b".utf8)) == 1)
    }

    @Test func aCharacterMayBeCutByTokens() {
        let bytes = Array("a→b".utf8)
        var stops = StopStrings(["→"])
        #expect(stops.add(Array(bytes[..<2])) == nil)
        #expect(stops.add(Array(bytes[2..<3])) == nil)
        #expect(stops.add(Array(bytes[3...])) == 1)
    }

    @Test func onlyAsMuchTextIsKeptAsAStopStringIsLong() {
        var stops = StopStrings(["abcdef"])
        for _ in 0..<1000 { #expect(stops.add(Array("abcde".utf8)) == nil) }
        #expect(stops.tail.count == 5)
        #expect(stops.add([UInt8(ascii: "f")]) == 4995)
    }

    @Test func emptyStopStringsAreNone() {
        #expect(StopStrings([""]).isEmpty)
    }
}
