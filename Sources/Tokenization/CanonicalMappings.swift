// Foundation, not FoundationEssentials: nothing else on Linux gives canonical decompositions. The standard library has
// no such scalar property, and its string comparison hides the decomposition. Foundation is asked once for each of some
// 2,000 characters. This module composes itself, because tokens need to know the original place of each byte.
import Foundation

/// Canonical decomposition, composition and combining classes of Unicode (UAX #15).
///
/// Ids must equal Hugging Face's, whose normaliser knows Unicode 9.0. Characters of later versions neither compose nor
/// move, there and here.
struct CanonicalMappings: Sendable {
    static let shared = CanonicalMappings()

    /// Hangul syllables decompose and compose by arithmetic (The Unicode Standard, section 3.12).
    private enum Hangul {
        static let syllables: Range<UInt32> = 0xAC00..<0xAC00 + 11172
        static let leading: Range<UInt32> = 0x1100..<0x1100 + 19
        static let vowels: Range<UInt32> = 0x1161..<0x1161 + 21
        /// The trailing consonants. The first number is no consonant: it means that there is none.
        static let trailing: Range<UInt32> = 0x11A7..<0x11A7 + 28
    }

    private static let newestVersion = 9
    /// The ranges of the characters with a canonical decomposition up to Unicode 9.0, without Hangul syllables.
    private static let decomposing: [ClosedRange<UInt32>] = [
        0x00C0...0x30FF, 0xF900...0xFB4F, 0x11080...0x115FF, 0x1D15E...0x1D1C0, 0x2F800...0x2FA1D,
    ]

    /// The full decomposition of each character.
    private var decompositions: [UInt32: [UInt32]] = [:]
    /// The composite of each pair of characters. The key is first << 32 | second.
    private var compositions: [UInt64: UInt32] = [:]

    private init() {
        for value in Self.decomposing.joined() {
            guard let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { continue }
            let decomposition = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
            guard decomposition.count > 1 || decomposition.first != scalar else { continue }
            decompositions[value] = decomposition.map(\.value)
            guard !scalar.properties.isFullCompositionExclusion else { continue }
            // A composite consists of its last scalar and the composite of all scalars before it.
            let head = String(String.UnicodeScalarView(decomposition.dropLast())).precomposedStringWithCanonicalMapping
            if let first = head.unicodeScalars.first, let second = decomposition.last {
                compositions[UInt64(first.value) << 32 | UInt64(second.value)] = value
            }
        }
    }

    static func isConjoiningJamo(_ value: UInt32) -> Bool {
        Hangul.vowels.contains(value) || Hangul.trailing.contains(value)
    }

    /// The composed form (NFC) of a text.
    ///
    /// - Parameter scalars: the scalars from one that nothing before can join to the next such one.
    func composed(_ scalars: [UInt32]) -> [UInt32] {
        var decomposed: [(value: UInt32, combiningClass: UInt8)] = []
        decomposed.reserveCapacity(scalars.count)
        for scalar in scalars { decompose(scalar, into: &decomposed) }
        Self.orderMarks(&decomposed)
        return compose(decomposed)
    }

    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.properties.age?.major ?? .max) <= newestVersion
    }

    private static func combiningClass(_ value: UInt32) -> UInt8 {
        guard value >= 0x300, let scalar = Unicode.Scalar(value), isKnown(scalar) else { return 0 }
        return scalar.properties.canonicalCombiningClass.rawValue
    }

    private func decompose(_ value: UInt32, into result: inout [(value: UInt32, combiningClass: UInt8)]) {
        if Hangul.syllables.contains(value) {
            let index = value - Hangul.syllables.lowerBound
            let vowelAndTrailing = UInt32(Hangul.vowels.count * Hangul.trailing.count)
            let trailing = index % UInt32(Hangul.trailing.count)
            result.append((Hangul.leading.lowerBound + index / vowelAndTrailing, 0))
            let vowel = index % vowelAndTrailing / UInt32(Hangul.trailing.count)
            result.append((Hangul.vowels.lowerBound + vowel, 0))
            if trailing > 0 { result.append((Hangul.trailing.lowerBound + trailing, 0)) }
        } else if let parts = decompositions[value] {
            for part in parts { result.append((part, Self.combiningClass(part))) }
        } else {
            result.append((value, Self.combiningClass(value)))
        }
    }

    /// Sorts each run of marks by combining class and keeps the order within a class (UAX #15, D109).
    private static func orderMarks(_ scalars: inout [(value: UInt32, combiningClass: UInt8)]) {
        var start = 0
        while start < scalars.count {
            if scalars[start].combiningClass == 0 {
                start += 1
                continue
            }
            var end = start + 1
            while end < scalars.count, scalars[end].combiningClass != 0 { end += 1 }
            if end - start > 1 {
                let ordered = scalars[start..<end].enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }
                scalars.replaceSubrange(start..<end, with: ordered.map(\.element))
            }
            start = end
        }
    }

    /// Composes scalars (UAX #15, D117). A scalar joins the last starter unless a scalar between them has the same or a
    /// greater combining class.
    private func compose(_ scalars: [(value: UInt32, combiningClass: UInt8)]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass: UInt8 = 0
        for (value, combiningClass) in scalars {
            if let place = starter {
                let isNext = place == result.count - 1
                let isBlocked = !isNext && lastClass >= combiningClass
                if !isBlocked, let joined = composition(result[place], value) {
                    result[place] = joined
                    continue
                }
            }
            if combiningClass == 0 { starter = result.count }
            lastClass = combiningClass
            result.append(value)
        }
        return result
    }

    private func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if Hangul.leading.contains(first), Hangul.vowels.contains(second) {
            let leading = first - Hangul.leading.lowerBound
            let vowel = second - Hangul.vowels.lowerBound
            let pair = leading * UInt32(Hangul.vowels.count) + vowel
            return Hangul.syllables.lowerBound + pair * UInt32(Hangul.trailing.count)
        }
        if Hangul.syllables.contains(first), Hangul.trailing.dropFirst().contains(second) {
            let index = first - Hangul.syllables.lowerBound
            guard index.isMultiple(of: UInt32(Hangul.trailing.count)) else { return nil }
            return first + (second - Hangul.trailing.lowerBound)
        }
        return compositions[UInt64(first) << 32 | UInt64(second)]
    }
}
