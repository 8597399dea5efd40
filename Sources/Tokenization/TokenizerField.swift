internal import JSON

/// A value of the file and its path in the file, so that every error names the field.
struct TokenizerField {
    /// The limit of token ids, sixty times those of the largest vocabularies. It bounds the tables, whose length is the
    /// greatest id.
    private static let greatestTokenID: Int32 = 1 << 24 - 1
    static let tokenIDs = "a token id from 0 to \(greatestTokenID)"

    let value: JSONValue
    let path: String
    let file: String

    /// A member of this object. A missing member is null, as in Hugging Face's readers.
    ///
    /// - Throws: `.malformed` when this value is not an object.
    func member(_ name: StaticString) throws(TokenizerError) -> TokenizerField {
        guard case .object(let members) = value else { throw mustBe("an object") }
        let bytes = Array("\(name)".utf8)
        let value = members.last { $0.name == bytes }?.value ?? .null
        return TokenizerField(value: value, path: path.isEmpty ? "\(name)" : "\(path).\(name)", file: file)
    }

    func elements() throws(TokenizerError) -> [TokenizerField] {
        guard case .array(let elements) = value else { throw mustBe("an array") }
        return elements.enumerated().map { index, element in
            TokenizerField(value: element, path: "\(path)[\(index)]", file: file)
        }
    }

    /// - Parameter fallback: the value of a missing or null field.
    func bool(default fallback: Bool) throws(TokenizerError) -> Bool {
        if isNull { return fallback }
        guard case .bool(let bool) = value else { throw mustBe("true or false") }
        return bool
    }

    func string() throws(TokenizerError) -> [UInt8] {
        guard case .string(let bytes) = value else { throw mustBe("a string") }
        return bytes
    }

    func tokenID() throws(TokenizerError) -> Int32 {
        guard let id = Self.tokenID(value) else { throw mustBe(Self.tokenIDs) }
        return id
    }

    /// The token id that a value states; nil if it states none.
    static func tokenID(_ value: JSONValue) -> Int32? {
        guard case .number(let digits) = value, let id = number(digits), id <= greatestTokenID else { return nil }
        return id
    }

    /// A member of this object, with its own name in the path.
    func entry(_ member: JSONMember) -> TokenizerField {
        TokenizerField(
            value: member.value, path: "\(path)[\"\(String(decoding: member.name, as: UTF8.self))\"]", file: file)
    }

    private static func number(_ digits: [UInt8]) -> Int32? {
        guard digits.count <= 9 else { return nil }
        var number: Int32 = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            number = number * 10 + Int32(digit - UInt8(ascii: "0"))
        }
        return number
    }

    var isNull: Bool {
        if case .null = value { true } else { false }
    }

    /// The value as error messages show it.
    var shown: String {
        switch value {
        case .bool(let bool): "\(bool)"
        case .number(let digits): String(decoding: digits, as: UTF8.self)
        case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
        case .null, .brokenString, .array, .object: value.kind
        }
    }

    func mustBe(_ expected: String) -> TokenizerError {
        TokenizerError(.malformed, file: file, field: path, "must be \(expected), is \(shown)")
    }

    func unsupported(_ supported: String) -> TokenizerError {
        TokenizerError(.unsupported, file: file, field: path, "\(shown) is not supported, only \(supported)")
    }

    func inconsistent(_ detail: String) -> TokenizerError {
        TokenizerError(.inconsistent, file: file, field: path, detail)
    }
}
