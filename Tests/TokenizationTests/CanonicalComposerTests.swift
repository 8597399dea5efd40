import Foundation
import TestSupport
import Testing
import Tokenization

/// Composition agrees with Foundation's wherever both know the characters (up to Unicode 9.0).
@Suite struct CanonicalComposerTests {
    @Test func everyScalarComposesAlone() {
        for value in (0..<0x110000 as Range<UInt32>) {
            guard let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { continue }
            let text = String(scalar)
            #expect(Self.composed(text) == Array(text.precomposedStringWithCanonicalMapping.utf8), "\(value)")
        }
    }

    @Test func everyDecompositionComposes() {
        for value in (0..<0x30000 as Range<UInt32>) {
            guard let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { continue }
            let text = String(scalar).decomposedStringWithCanonicalMapping
            if text.unicodeScalars.count == 1 { continue }
            #expect(Self.composed(text) == Array(text.precomposedStringWithCanonicalMapping.utf8), "\(value)")
        }
    }

    @Test func randomRunsOfMarksCompose() {
        let marks = (0..<0x20000 as Range<UInt32>).compactMap { Unicode.Scalar($0) }.filter {
            Self.isKnown($0) && $0.properties.canonicalCombiningClass != .notReordered
        }
        let bases = Array("aeoAEOυωكकதఅ가ᄀ<1\u{212B}\u{1D157}".unicodeScalars)
        for seed in 0..<2000 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let scalars = Int.random(in: 0..<4, using: &generator) == 0 ? bases : marks
                text.append(scalars.randomElement(using: &generator) ?? "a")
            }
            #expect(Self.composed(String(text)) == Array(String(text).precomposedStringWithCanonicalMapping.utf8))
        }
    }

    @Test func charactersYoungerThanUnicode9StayAsTheyAre() {
        // U+11935 U+11930 composes to U+11938 since Unicode 13, which Hugging Face's normaliser does not know.
        let text = "\u{11935}\u{11930}"
        #expect(Self.composed(text) == Array(text.utf8))
    }

    private static func composed(_ text: String) -> [UInt8] {
        CanonicalComposer.composed(Array(text.utf8))
    }

    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.properties.age?.major ?? .max) <= 9
    }
}
