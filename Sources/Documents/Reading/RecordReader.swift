internal import Bytes
internal import Jobs

/// A reader that cuts a file into records: lines that end with LF, CRLF or the file; CSV records; JSON values; FASTA
/// sequences.
struct RecordReader: ~Copyable, Sendable {
    struct Record: Sendable {
        /// The line of the record's first byte, from 1.
        let line: Int
        /// The number of bytes before the record in its line.
        let column: Int
        /// The bytes without the terminator; `nil` if the record exceeds the limit.
        let bytes: [UInt8]?
    }

    private let readBytes: Int
    private let limit: Int
    private var cut: RecordCut
    private var source: ByteSource
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtStart = true
    /// The line in which the current or next record begins.
    private(set) var line = 1
    private var column = 0
    /// The bytes of the current record so far.
    private var record: [UInt8] = []
    private var length = 0
    /// The number of line feeds in the record.
    private var lines = 0
    /// The number of bytes after the record's last line feed.
    private var tail = 0

    init(_ file: InputFile, limits: DocumentReader.Limits) throws(ReadingFailure) {
        readBytes = limits.pieceBytes
        limit = limits.lineBytes
        cut = RecordCut(file.kind)
        source = try ByteSource.opening(file, limits: limits)
    }

    var bytesRead: Int { source.bytesRead }

    mutating func sha256() -> String? { source.sha256() }

    /// The problem of the end of the file, once it is reached.
    var problemAtEnd: String? { cut.problemAtEnd }

    /// The next record. After a transient error the call can be repeated.
    mutating func next() throws(ReadingFailure) -> Record? {
        while true {
            if position == buffer.count {
                if length > limit { try source.passHole() }
                if try !refill() { return length > 0 ? takeRecord() : nil }
            }
            let found = cut.next(in: buffer[position...], isInRecord: length > 0)
            if found.skipped > 0 {
                count(found.skipped)
                (line, column, lines, tail) = (line + lines, lines > 0 ? tail : column + tail, 0, 0)
            }
            // A record beyond the limit is skipped, not kept.
            length += found.taken
            if length <= limit {
                record += buffer[position + found.skipped..<position + found.skipped + found.taken]
            } else {
                record = []
            }
            position += found.skipped
            count(found.taken + found.terminator)
            position += found.taken + found.terminator
            if found.isEnd { return takeRecord() }
        }
    }

    /// Counts the lines of bytes at the buffer's position.
    private mutating func count(_ bytes: Int) {
        let part = buffer[position..<position + bytes]
        guard let last = part.lastIndex(of: UInt8(ascii: "\n")) else {
            tail += bytes
            return
        }
        lines += cut.isOfLines ? 1 : part.count { $0 == UInt8(ascii: "\n") }
        tail = part.endIndex - last - 1
    }

    private mutating func takeRecord() -> Record {
        if cut.isOfLines, record.last == UInt8(ascii: "\r"), lines > 0 { record.removeLast() }
        defer {
            (line, column) = (line + lines, lines > 0 ? tail : column + tail)
            (record, length, lines, tail) = ([], 0, 0, 0)
        }
        return Record(line: line, column: column, bytes: length <= limit ? record : nil)
    }

    private mutating func refill() throws(ReadingFailure) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        position = 0
        guard try source.read(atMost: readBytes, appendingTo: &buffer) > 0 else { return false }
        if isAtStart {
            isAtStart = false
            while buffer.count < UTF8.byteOrderMark.count,
                try source.read(atMost: readBytes, appendingTo: &buffer) > 0
            {}
            if buffer.starts(with: UTF8.byteOrderMark) { position = UTF8.byteOrderMark.count }
            if position == buffer.count { return try refill() }
        }
        return true
    }
}
