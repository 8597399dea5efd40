internal import FoundationEssentials

/// JSON as Python's `json` module writes it, which has the bare words `Infinity` and `NaN`: JSON5, but not JSON.
package enum PythonJSON {
    /// - Parameter file: what errors name.
    /// - Throws: `ModelError.malformed`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from json: [UInt8], file: String
    ) throws(ModelError) -> Value {
        // The decoder stops the program at bytes that are not UTF-8.
        guard String(validating: json, as: UTF8.self) != nil else {
            throw ModelError.malformed(file: file, reason: "it is not UTF-8 text")
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            return try decoder.decode(type, from: Data(json))
        } catch {
            throw ModelError.malformed(file: file, reason: error.summary)
        }
    }
}
