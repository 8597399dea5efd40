/// A token that is found in the text itself, before any merge.
struct AddedToken: Sendable {
    let id: Int32
    /// The token's text in UTF-8.
    let content: [UInt8]
    /// Whether a decoder that skips special tokens leaves the token out.
    let isSpecial: Bool
    /// Whether the token is found only where no word character touches it.
    let isSingleWord: Bool
    /// Whether the token takes in the white space before it.
    let stripsLeft: Bool
    /// Whether the token takes in the white space after it.
    let stripsRight: Bool
    /// Whether the token's normalised form is found in the normalised text; else the token is found in the original
    /// text.
    let isNormalized: Bool
}
