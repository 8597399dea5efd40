/// The bytes of tokens, which generation needs of a tokenizer.
public protocol TokenBytes: Sendable {
    /// The number of token ids in use. Larger ids are padding.
    var vocabularySize: Int { get }
    /// The bytes of a token; `nil` for an id without a token.
    func bytes(of id: Int32) -> [UInt8]?
}
