/// Cuts a file into lines, which end with LF or CRLF; the last one may end with the file.
struct LineReader: ~Copyable, Sendable {
    struct Line: Sendable {
        /// Counted from 1.
        let number: Int
        /// Of the first byte, in the file.
        let offset: Int
        /// Without line end; `nil` if there were more bytes than the limit.
        let bytes: [UInt8]?
    }

    private let readBytes: Int
    private let limit: Int
    private var source: ByteSource
    private var buffer: [UInt8] = []
    private var position = 0
    private var number: Int
    private var offset: Int

    init(_ place: DocumentPlace, readBytes: Int, limit: Int) throws(InputProblem) {
        self.readBytes = readBytes
        self.limit = limit
        source = try ByteSource.opening(place.file, at: place.offset)
        number = place.line
        offset = place.offset
    }

    var bytesRead: Int { source.bytesRead }

    mutating func sha256() -> String? { source.sha256() }

    /// Number and offset of the line that `next` would read.
    var place: (line: Int, offset: Int) { (number, offset) }

    mutating func next() throws(InputProblem) -> Line? {
        var line: [UInt8] = []
        var length = 0
        var hasEnd = false
        while !hasEnd {
            if position == buffer.count, try !refill() { break }
            let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n"))
            let part = buffer[position..<(end ?? buffer.count)]
            length += part.count
            // What is too long is read over, not kept.
            if length <= limit { line.append(contentsOf: part) } else { line = [] }
            hasEnd = end != nil
            position = part.endIndex + (hasEnd ? 1 : 0)
        }
        guard length > 0 || hasEnd else { return nil }
        defer {
            number += 1
            offset += length + (hasEnd ? 1 : 0)
        }
        if hasEnd, line.last == UInt8(ascii: "\r") { line.removeLast() }
        return Line(number: number, offset: offset, bytes: length <= limit ? line : nil)
    }

    private mutating func refill() throws(InputProblem) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        position = 0
        return try source.read(atMost: readBytes, appendingTo: &buffer) > 0
    }
}
