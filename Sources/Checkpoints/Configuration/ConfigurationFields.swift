internal import JSON

/// The members of a JSON object of a model's directory: each is read when it is asked for, and what nobody asks for may
/// be anything.
package struct ConfigurationFields {
    private let object: JSONValue
    private let file: String

    /// - Parameters:
    ///   - json: as Python's `json` module writes it.
    ///   - file: what errors name.
    /// - Throws: `ModelError.malformed` when it is no JSON, or another value than an object.
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

    /// `nil` for a member that is not there, or null, which is Python's way to say that it is not.
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

    /// One token's id, or several.
    package func tokenIDs(_ key: String) throws(ModelError) -> [Int32]? {
        func id(_ value: JSONValue) -> Int32? { value.integer.flatMap(Int32.init(exactly:)) }
        return try read(key, "a token's id or a list of such") { value in
            if let one = id(value) { return [one] }
            guard case .array(let values) = value else { return nil }
            let ids = values.compactMap(id)
            return ids.count == values.count ? ids : nil
        }
    }

    /// Texts by name, of a member that must be there.
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
    /// The value in a message.
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
    /// The name as text.
    var shownName: String { String(decoding: name, as: UTF8.self) }
}
