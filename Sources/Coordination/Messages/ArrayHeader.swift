internal import Bytes

/// The arrays of messages. The raw values are their names on the wire.
enum ArrayName: String {
    /// The vectors of embeddings, one after the other.
    case embeddings
    /// The natural-log probabilities of the tokens that were read.
    case tokenLogProbabilities
    /// The negative sum of all log probabilities from a text's start: one number.
    case negativeLogLikelihood
    /// A 1 for each token read that is the likeliest in its place, a 0 for each other.
    case isLikeliest
    /// The likeliest tokens in the place of each token that was read, and their log probabilities.
    case topTokens, topLogProbabilities
    /// The generated tokens, and their log probabilities.
    case generatedTokens, generatedLogProbabilities
    /// The likeliest tokens in the place of each generated token, and their log probabilities.
    case generatedTopTokens, generatedTopLogProbabilities
    /// The tokens to read.
    case tokens
    /// A snapshot.
    case snapshot
}

/// The types of arrays, named as in safetensors.
enum ArrayType: String, Codable {
    case uint8 = "U8"
    case int32 = "I32"
    case float32 = "F32"
    case float64 = "F64"
}

/// A type of number that arrays of messages may have.
protocol ArrayElement: LittleEndianNumber {
    static var arrayType: ArrayType { get }
}

extension UInt8: ArrayElement { static var arrayType: ArrayType { .uint8 } }
extension Int32: ArrayElement { static var arrayType: ArrayType { .int32 } }
extension Float: ArrayElement { static var arrayType: ArrayType { .float32 } }
extension Double: ArrayElement { static var arrayType: ArrayType { .float64 } }

/// The entry of one array in a message's header.
struct ArrayHeader: Codable {
    /// The name of the array: an ``ArrayName``, if the sender is of this program.
    var name: String
    /// The type of the array: an ``ArrayType``.
    var type: String
}

/// A header that lists the arrays of its message.
protocol ArrayListing: Decodable {
    /// The list of arrays; `nil` if there are none.
    var arrays: [ArrayHeader]? { get }
}
