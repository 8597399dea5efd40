/// A JSON document (RFC 8259) whose strings stay bytes.
///
/// Foundation's decoder hands out Swift strings, and Swift strings are equal when they are canonically equivalent: two
/// entries of a vocabulary that differ only in normal form would become one. Here every string is the UTF-8 that the
/// file means, compared byte by byte. Members keep the file's order, and a name may occur twice.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// As written in the file.
    case number([UInt8])
    case string([UInt8])
    /// A string with half of a surrogate pair: no text, and no harm where nobody asks for it.
    case brokenString
    case array([JSONValue])
    case object([JSONMember])

    /// What kind of value this is, in words for error messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .brokenString: "a string with half of a surrogate pair"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The member of this name, the last of several; `nil` too for what is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name.elementsEqual(name.utf8) }?.value
    }

    /// The text of a string.
    package var text: String? {
        guard case .string(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The number, rounded; infinite where it is too large for one.
    package var number: Double? {
        guard case .number(let digits) = self else { return nil }
        return Double(String(decoding: digits, as: UTF8.self))
    }

    /// The number, if it is a whole one that fits, however it is written.
    package var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(String(decoding: digits, as: UTF8.self)) ?? number.flatMap(Int.init(exactly:))
    }
}

package struct JSONMember: Sendable {
    /// Half of a surrogate pair in it is written as if it were a character: no name that is looked for has one.
    package let name: [UInt8]
    package let value: JSONValue

    /// Whether the name is text.
    package var isText: Bool {
        !zip(name, name.dropFirst()).contains { $0 == 0xED && $1 >= 0xA0 }
    }
}
