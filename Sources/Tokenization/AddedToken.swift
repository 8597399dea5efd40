/// A token that is found in the text as it stands, before the merges have a say.
struct AddedToken: Sendable {
    let id: Int32
    /// In UTF-8.
    let content: [UInt8]
    /// Left out by a decoder that skips special tokens.
    let isSpecial: Bool
    /// Found only where no word character touches it.
    let isSingleWord: Bool
    /// Takes the white space before it along.
    let stripsLeft: Bool
    /// Takes the white space after it along.
    let stripsRight: Bool
    /// Looked for in the normalised text, in its own normalised form; otherwise in the text as it came.
    let isNormalized: Bool
}
