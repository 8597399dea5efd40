import Foundation

enum JSON {
    static func decode<Value: Decodable>(_ type: Value.Type, from text: some StringProtocol) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }
}
