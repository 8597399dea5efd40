import Foundation

/// A job's rows, by the document that they are of.
struct Rows {
    /// In the order of their rows.
    private(set) var ids: [String] = []
    private(set) var lines: [String: [Substring]] = [:]

    init(_ bytes: [UInt8]) throws {
        struct Row: Decodable { let id: String }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("\n") else { throw Failure("the rows do not end with a line feed") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let id = try JSONDecoder().decode(Row.self, from: Data(line.utf8)).id
            if ids.last != id { ids.append(id) }
            lines[id, default: []].append(line)
        }
    }

    /// Where the rows of documents differ from those of others, in words; `nil`: nowhere.
    func difference(from others: Rows, order: [String]) -> String? {
        if ids != order { return "rows of \(ids) in place of \(order)" }
        for id in ids where lines[id] != others.lines[id] {
            let (mine, theirs) = (lines[id] ?? [], others.lines[id] ?? [])
            let place = zip(mine, theirs).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            guard let place else { return "\(id) has \(mine.count) rows in place of \(theirs.count)" }
            return "row \(place) of \(id):\n\(mine[place].prefix(400))\nin place of\n\(theirs[place].prefix(400))"
        }
        return nil
    }
}
