internal import JSON

/// The members of a JSON object in a file of a model directory. A member is checked when it is read, so unread members
/// may hold anything.
package struct ConfigurationFields {
    private let object: JSONValue
    private let file: String

    /// - Parameters:
    ///   - json: the file's bytes, in the dialect of Python's `json` module.
    ///   - file: the file's name in error messages.
    /// - Throws: `ModelError.malformed` when the bytes are not a JSON object.
    package init(json: [UInt8], file: String) throws(ModelError) {
        if let problem = ForeignFile.problem(of: json) { throw .malformed(file: file, reason: problem) }
        do throws(JSONSyntaxError) {
            object = try JSONParser.parse(json, .python)
        } catch {
            throw .malformed(file: file, reason: "it is no JSON: \(error)")
        }
        guard case .object = object else {
            throw .malformed(file: file, reason: "it is \(object.kind); an object belongs there")
        }
        self.file = file
    }

    /// The value of a member; `nil` if the member is missing or null. Python writes null for a missing value.
    func value(_ key: String) -> JSONValue? {
        guard let value = object[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    private func read<Value>(
        _ key: String, _ what: String, _ read: (JSONValue) -> Value?
    ) throws(ModelError) -> Value? {
        guard let value = value(key) else { return nil }
        guard let result = read(value) else { throw malformed(key, "\(what) belongs there, not \(value.shown)") }
        return result
    }

    func malformed(_ key: String, _ reason: String) -> ModelError {
        .malformed(file: file, reason: "\(key): \(reason)")
    }

    func text(_ key: String) throws(ModelError) -> String? { try read(key, "text", \.text) }

    func integer(_ key: String) throws(ModelError) -> Int? { try read(key, "a whole number", \.integer) }

    func number(_ key: String) throws(ModelError) -> Double? { try read(key, "a number", \.number) }

    func bool(_ key: String) throws(ModelError) -> Bool? {
        try read(key, "true or false") { if case .bool(let bool) = $0 { bool } else { nil } }
    }

    func list<Element>(
        _ key: String, of what: String, _ element: (JSONValue) -> Element?
    ) throws(ModelError) -> [Element]? {
        try read(key, "a list of \(what)") { value in
            guard case .array(let values) = value else { return nil }
            let elements = values.compactMap(element)
            return elements.count == values.count ? elements : nil
        }
    }

    /// The id of one token, or of several.
    package func tokenIDs(_ key: String) throws(ModelError) -> [Int32]? {
        func id(_ value: JSONValue) -> Int32? { value.integer.flatMap(Int32.init(exactly:)) }
        return try read(key, "a token's id or a list of such") { value in
            if let one = id(value) { return [one] }
            guard case .array(let values) = value else { return nil }
            let ids = values.compactMap(id)
            return ids.count == values.count ? ids : nil
        }
    }

    /// The texts of a required object, by their names.
    func texts(_ key: String) throws(ModelError) -> [String: String] {
        guard case .object(let members)? = value(key) else { throw malformed(key, "an object belongs there") }
        var texts: [String: String] = [:]
        for member in members {
            guard let text = member.value.text else {
                throw malformed(key, "the value of \(member.shownName) is \(member.value.shown), not text")
            }
            texts[member.shownName] = text
        }
        return texts
    }
}

extension JSONValue {
    /// The value as error messages show it.
    var shown: String {
        switch self {
        case .bool(let bool): "\(bool)"
        case .number(let digits): String(decoding: digits.prefix(40), as: UTF8.self)
        case .string(let bytes): "'\(String(decoding: bytes.prefix(80), as: UTF8.self))'"
        case .null, .brokenString, .array, .object: kind
        }
    }
}

extension JSONMember {
    var shownName: String { String(decoding: name, as: UTF8.self) }
}
