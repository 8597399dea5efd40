/// What the bytes of tokens are: what generation needs of a tokenizer.
public protocol TokenBytes: Sendable {
    /// The largest id that means something, plus 1: ids from here on are padding.
    var vocabularySize: Int { get }
    /// The bytes that a token stands for; `nil` for an id without a token.
    func bytes(of id: Int32) -> [UInt8]?
}
