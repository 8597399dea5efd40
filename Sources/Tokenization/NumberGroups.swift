/// Cuts pre-tokens at numbers, and numbers into groups of three digits: what Hugging Face's Digits and its Split by
/// `[0-9][0-9][0-9]` do after ByteLevel, as in Falcon's tokenizers.
///
/// They see the byte-level alphabet, in which a byte is a character: `¹ ² ³ ¼ ½ ¾` stand for the bytes B9, B2, B3, BC,
/// BD, BE and are numbers, so that `м` (D0 BC) falls apart. Models were trained so.
enum NumberGroups {
    static func isNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE: true
        default: false
        }
    }

    /// Where the piece of a pre-token that begins at `start` ends; nil when bytes that are still to come decide.
    ///
    /// A number is undecided for a few bytes at most: in UTF-8 only digits stand between the last byte of a character
    /// and the next character's first.
    ///
    /// - Parameters:
    ///   - start: a boundary, less than `text.count`.
    ///   - isComplete: whether the pre-token ends where the text does; then the answer is never nil.
    static func end(in text: Span<UInt8>, from start: Int, isComplete: Bool) -> Int? {
        let isNumber = isNumber(text[start])
        var digits = 0
        var end = start
        while end < text.count, self.isNumber(text[end]) == isNumber {
            digits = UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[end] ? digits + 1 : 0
            end += 1
            // The first three digits in a row are a piece, and what stands before them is one.
            if digits == 3 { return end - 3 > start ? end - 3 : end }
        }
        return end < text.count || isComplete ? end : nil
    }
}
