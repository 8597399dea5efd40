extension UTF8 {
    /// U+FEFF, which is no part of a text that it begins (The Unicode Standard, section 23.8).
    public static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
