/// A value of the file together with its path in it, so that every complaint names the field.
struct TokenizerField {
    let value: JSONValue
    let path: String
    let file: String

    /// A member of this object; absent members are null, as Hugging Face's readers take them.
    ///
    /// - Throws: `.malformed` when this is not an object.
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

    /// - Parameter fallback: what an absent or null field means.
    func bool(default fallback: Bool) throws(TokenizerError) -> Bool {
        if isNull { return fallback }
        guard case .bool(let bool) = value else { throw mustBe("true or false") }
        return bool
    }

    func string() throws(TokenizerError) -> [UInt8] {
        guard case .string(let bytes) = value else { throw mustBe("a string") }
        return bytes
    }

    /// A token id.
    func tokenID() throws(TokenizerError) -> Int32 {
        guard case .number(let digits) = value, let id = Int32(String(decoding: digits, as: UTF8.self)), id >= 0 else {
            throw mustBe("a token id from 0 to \(Int32.max)")
        }
        return id
    }

    var isNull: Bool {
        if case .null = value { true } else { false }
    }

    /// What the field holds, for messages.
    var shown: String {
        switch value {
        case .bool(let bool): "\(bool)"
        case .number(let digits): String(decoding: digits, as: UTF8.self)
        case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
        case .null, .array, .object: value.kind
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
