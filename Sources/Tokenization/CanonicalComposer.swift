/// Brings a text that arrives in pieces into composed form (NFC, UAX #15), or passes it through unchanged.
///
/// Only a following mark or jamo can change a scalar, so text is held from the last scalar that is neither. All other
/// text passes at the speed of a table look-up.
///
/// A run of more than ``mostMarks`` marks is composed in parts of this size, so that the held memory is bounded.
/// (Unicode's stream-safe format, UAX #15 section 13, allows 30.) Its marks are then ordered within each part only. The
/// result is still canonically equivalent to the text, and no writing system has such a run.
package struct CanonicalComposer: Sendable {
    private let isEnabled: Bool
    private let classes = ScalarClasses.shared
    /// The held text, which later scalars may change.
    private var held: [UInt8] = []
    /// The number of held scalars, without the first.
    private var heldMarks = 0
    package static let mostMarks = 1024

    init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// The number of held bytes.
    var heldCount: Int { held.count }

    /// Appends the certain part of the text's composed form.
    ///
    /// - Parameter text: whole scalars.
    mutating func append(_ text: Span<UInt8>, to output: inout [UInt8], offsets: inout OffsetMap) {
        guard isEnabled else {
            output.append(copying: text)
            offsets.advance(by: text.count)
            return
        }
        var start = 0
        while start < text.count {
            if held.isEmpty {
                let plain = lengthOfPlain(in: text, from: start)
                output.append(copying: text.extracting(start..<plain))
                offsets.advance(by: plain - start)
                start = plain + UTF8Text.scalar(in: text, at: plain).length
                held.append(copying: text.extracting(plain..<start))
            }
            let end = endOfComposing(in: text, from: start)
            held.append(copying: text.extracting(start..<end))
            start = end
            if end < text.count || heldMarks == Self.mostMarks { finish(to: &output, offsets: &offsets) }
        }
    }

    /// Appends the held text. The text ends here.
    mutating func finish(to output: inout [UInt8], offsets: inout OffsetMap) {
        if held.isEmpty { return }
        let scalars = Self.scalars(held.span)
        let composed = isComposed(scalars) ? scalars : CanonicalMappings.shared.composed(scalars)
        if composed == scalars {
            output.append(contentsOf: held)
            offsets.advance(by: held.count)
        } else {
            let start = output.count
            for scalar in composed { UTF8Text.append(scalar, to: &output) }
            offsets.recordChange(original: held.count, normalized: output.count - start)
        }
        held.removeAll(keepingCapacity: true)
        heldMarks = 0
    }

    /// The composed form of a whole text.
    package static func composed(_ text: [UInt8]) -> [UInt8] {
        var composer = CanonicalComposer(isEnabled: true)
        var output: [UInt8] = []
        var offsets = OffsetMap()
        composer.append(text.span, to: &output, offsets: &offsets)
        composer.finish(to: &output, offsets: &offsets)
        return output
    }

    /// The start of the last scalar before the first one that may compose, or before the end.
    private func lengthOfPlain(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        var last = start
        while index < text.count {
            let scalar = UTF8Text.scalar(in: text, at: index)
            if classes.mayCompose(scalar.value) { return last }
            last = index
            index += scalar.length
        }
        return last
    }

    /// The end of the run of scalars that may compose with those before them, or of as many as may be held.
    private mutating func endOfComposing(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, heldMarks < Self.mostMarks {
            let scalar = UTF8Text.scalar(in: text, at: index)
            if !classes.mayCompose(scalar.value) { break }
            index += scalar.length
            heldMarks += 1
        }
        return index
    }

    /// Whether the scalars are in composed form for certain. May be false without need.
    private func isComposed(_ scalars: [UInt32]) -> Bool {
        scalars.count == 1 && !classes.mayCompose(scalars[0])
    }

    private static func scalars(_ text: Span<UInt8>) -> [UInt32] {
        var scalars: [UInt32] = []
        var index = 0
        while index < text.count {
            let scalar = UTF8Text.scalar(in: text, at: index)
            scalars.append(scalar.value)
            index += scalar.length
        }
        return scalars
    }
}
