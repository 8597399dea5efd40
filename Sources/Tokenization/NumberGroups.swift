/// Cuts pre-tokens at numbers, and numbers into groups of three digits. Hugging Face's Digits and its Split by
/// `[0-9][0-9][0-9]` do the same after ByteLevel in Falcon's tokenizers.
///
/// Both work on the byte-level alphabet, in which a byte is a character. The bytes B9, B2, B3, BC, BD and BE are
/// spelled `¹ ² ³ ¼ ½ ¾`, which are numbers, so `м` (D0 BC) is cut. Models were trained so.
enum NumberGroups {
    static func isNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE: true
        default: false
        }
    }

    /// The end of the piece of a pre-token that begins at `start`; nil when later bytes decide.
    ///
    /// A number is undecided for a few bytes at most: in UTF-8 only digits stand between the last byte of a character
    /// and the first byte of the next.
    ///
    /// - Parameters:
    ///   - start: a boundary, less than `text.count`.
    ///   - isComplete: whether the pre-token ends with the text; then the result is never nil.
    static func end(in text: Span<UInt8>, from start: Int, isComplete: Bool) -> Int? {
        let isNumber = isNumber(text[start])
        var digits = 0
        var end = start
        while end < text.count, self.isNumber(text[end]) == isNumber {
            digits = UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[end] ? digits + 1 : 0
            end += 1
            // The first three digits in a row are a piece, and the bytes before them are another.
            if digits == 3 { return end - 3 > start ? end - 3 : end }
        }
        return end < text.count || isComplete ? end : nil
    }
}
