internal import Jobs

/// The columns of a document's text and id in a CSV file, found in its header (RFC 4180).
struct CSVColumns: Sendable {
    typealias Failure = JSONScanner.Failure

    private let count: Int
    private let text: Int
    private let id: Int?

    /// - Throws: the error of a header without these columns.
    init(header: [UInt8], of file: InputFile) throws(Failure) {
        let names = try Self.fields(of: header)
        count = names.count
        func column(_ name: String) -> Int? { names.firstIndex { $0.elementsEqual(name.utf8) } }
        func missing(_ name: String, _ key: String) -> Failure {
            let known = names.map { "'\(String(decoding: $0, as: UTF8.self))'" }.joined(separator: ", ")
            return Failure(
                code: .missingText, offset: 0, message: "no column '\(name)'; '\(key)' names one of \(known)")
        }
        guard let text = column(file.textKey ?? "text") else { throw missing(file.textKey ?? "text", "text_key") }
        id = column(file.idKey ?? "id")
        self.text = text
        if let idKey = file.idKey, id == nil { throw missing(idKey, "id_key") }
    }

    /// - Returns: the id and the text of a record. The id is `nil` if its field is empty.
    func document(in record: [UInt8]) throws(Failure) -> (id: String?, text: [UInt8]) {
        let fields = try Self.fields(of: record)
        guard fields.count == count else {
            throw Failure(
                code: .invalidField, offset: 0, message: "\(fields.count) fields, where the header has \(count)")
        }
        let id = id.map { fields[$0] } ?? []
        return (id.isEmpty ? nil : String(decoding: id, as: UTF8.self), fields[text])
    }

    static func fields(of record: [UInt8]) throws(Failure) -> [[UInt8]] {
        var rest = record[...]
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        var fields: [[UInt8]] = []
        while true {
            fields.append(try field(&rest))
            guard rest.popFirst() != nil else { return fields }
        }
    }

    /// Removes the first field. The rest is empty or begins with a comma.
    private static func field(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        guard rest.first == quote else {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            defer { rest = rest[end...] }
            return Array(rest[..<end])
        }
        let start = rest.startIndex
        rest.removeFirst()
        var field: [UInt8] = []
        while let end = rest.firstIndex(of: quote) {
            field += rest[..<end]
            rest = rest[(end + 1)...]
            guard rest.first == quote else {
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else {
                    throw Failure(
                        code: .invalidField, offset: rest.startIndex, message: "a quoted field goes on behind its end")
                }
                return field
            }
            field.append(quote)
            rest.removeFirst()
        }
        throw Failure(code: .invalidField, offset: start, message: "a quoted field has no end")
    }
}
