internal import Bytes

/// Arrays of messages. The raw values are their names on the wire.
enum ArrayName: String {
    /// Vectors of embeddings, one after the other.
    case embeddings
    /// Natural-log probabilities of tokens that were read.
    case tokenLogProbabilities
    /// One number: minus the sum of all log probabilities from a text's start.
    case negativeLogLikelihood
    /// 1 for each token that was read and is the likeliest in its place, else 0.
    case isLikeliest
    /// Likeliest tokens in the place of each token that was read, and their log probabilities.
    case topTokens, topLogProbabilities
    /// Tokens that were generated, and their log probabilities.
    case generatedTokens, generatedLogProbabilities
    /// Likeliest tokens in the place of each token that was generated, and their log probabilities.
    case generatedTopTokens, generatedTopLogProbabilities
    /// Tokens to read.
    case tokens
    /// A state written down.
    case snapshot
}

/// The types of arrays, under the names that safetensors has for them.
enum ArrayType: String, Codable {
    case uint8 = "U8"
    case int32 = "I32"
    case float32 = "F32"
    case float64 = "F64"
}

/// A number of which there may be arrays in messages.
protocol ArrayElement: LittleEndianNumber {
    static var arrayType: ArrayType { get }
}

extension UInt8: ArrayElement { static var arrayType: ArrayType { .uint8 } }
extension Int32: ArrayElement { static var arrayType: ArrayType { .int32 } }
extension Float: ArrayElement { static var arrayType: ArrayType { .float32 } }
extension Double: ArrayElement { static var arrayType: ArrayType { .float64 } }

/// What a message's header says of one of its arrays.
struct ArrayHeader: Codable {
    /// An ``ArrayName``, if the message is of this program.
    var name: String
    /// An ``ArrayType``.
    var type: String
}

/// A header that lists the arrays of its message.
protocol ArrayListing: Decodable {
    /// `nil`: there are none.
    var arrays: [ArrayHeader]? { get }
}
