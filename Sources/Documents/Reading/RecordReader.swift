internal import Bytes
internal import Jobs

/// Cuts a file into records: lines, which end with LF or CRLF, the last one perhaps with the file; records of CSV; JSON
/// values; FASTA sequences.
struct RecordReader: ~Copyable, Sendable {
    struct Record: Sendable {
        /// The line of its first byte, from 1.
        let line: Int
        /// Bytes before it in that line.
        let column: Int
        /// Without what ends it; `nil` if there were more than the limit.
        let bytes: [UInt8]?
    }

    private let readBytes: Int
    private let limit: Int
    private var cut: RecordCut
    private var source: ByteSource
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtStart = true
    /// Where the record begins, or the next one.
    private(set) var line = 1
    private var column = 0
    /// Read of the record so far.
    private var record: [UInt8] = []
    private var length = 0
    /// Line feeds in it, and bytes behind the last one.
    private var lines = 0
    private var tail = 0

    init(_ file: InputFile, limits: DocumentReader.Limits) throws(ReadingFailure) {
        readBytes = limits.pieceBytes
        limit = limits.lineBytes
        cut = RecordCut(file.kind)
        source = try ByteSource.opening(file, limits: limits)
    }

    var bytesRead: Int { source.bytesRead }

    mutating func sha256() -> String? { source.sha256() }

    /// What is wrong with the end of the file, when it is reached.
    var problemAtEnd: String? { cut.problemAtEnd }

    /// The next record. After a failure of the environment it can be asked for again.
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
            // What is too long is read over, not kept.
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

    /// Counts the lines of bytes at the position of the buffer.
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
