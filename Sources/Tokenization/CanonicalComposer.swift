/// Brings a text that arrives in pieces into composed form (NFC, UAX #15), or hands it through unchanged.
///
/// What follows can change a scalar only if it is a mark or a jamo, so text is held back from the last scalar that is
/// neither. Anything else passes at the speed of a table look-up.
///
/// A run of more than ``mostMarks`` marks is composed in parts of so many, so that what is held does not follow the
/// text. (Unicode's stream-safe format, UAX #15 section 13, allows 30.) Its marks are then ordered within each part
/// alone: the result is canonically equivalent to the text all the same, and no writing system has such a run.
package struct CanonicalComposer: Sendable {
    private let isEnabled: Bool
    private let classes = ScalarClasses.shared
    /// The text that scalars to come may still change.
    private var held: [UInt8] = []
    /// Scalars of it, without the first.
    private var heldMarks = 0
    package static let mostMarks = 1024

    init(isEnabled: Bool) {
        self.isEnabled = isEnabled
    }

    /// How many bytes of text are held back.
    var heldCount: Int { held.count }

    /// Appends what is certain of the text's composed form.
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

    /// Appends the rest: nothing follows that could join it.
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

    /// Where the last scalar begins before the first one that may compose, or before the end.
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

    /// Where the run of scalars ends that may join what stands before them, or as many of them as are held together.
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

    /// Certain only where it says true: no scalar but the first may compose.
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
