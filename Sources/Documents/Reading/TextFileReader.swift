internal import Bytes
internal import Jobs

/// A reader of a file that is one document.
struct TextFileReader: ~Copyable, Sendable {
    private enum Phase { case unopened, reading, finished }

    private let file: InputFile
    private let ordinal: Int
    private let limits: DocumentReader.Limits
    private var source: ByteSource?
    private var phase = Phase.unopened
    /// The bytes read but not returned: the beginning of the text, then at most an incomplete scalar.
    private var pending: [UInt8] = []
    /// The offset of `pending` in the file.
    private var offset = 0

    init(_ file: InputFile, ordinal: Int, limits: DocumentReader.Limits) {
        self.file = file
        self.ordinal = ordinal
        self.limits = limits
    }

    var bytesRead: Int {
        switch source {
        case .some(let source): source.bytesRead
        case .none: 0
        }
    }

    /// The SHA-256 of the whole file; `nil` if it cannot be read to its end.
    mutating func sha256() -> String? {
        if source == nil { return nil }
        return source!.sha256()
    }

    /// - Throws: `FileError` if transient. The next call continues at the same place.
    mutating func next() throws(FileError) -> DocumentEvent? {
        do throws(ReadingFailure) {
            switch phase {
            case .unopened:
                return try begin()
            case .reading:
                if let piece = try nextPiece() { return .text(piece) }
                phase = .finished
                return .end
            case .finished:
                return nil
            }
        } catch {
            switch error {
            case .environment(let error):
                throw error
            case .document(let problem):
                defer { phase = .finished }
                return phase == .unopened ? .rejected(header(), problem) : .abandoned(problem)
            }
        }
    }

    private mutating func begin() throws(ReadingFailure) -> DocumentEvent {
        if source == nil { source = try ByteSource.opening(file, limits: limits) }
        while pending.count < UTF8.byteOrderMark.count, try readMore() {}
        if pending.starts(with: UTF8.byteOrderMark) {
            pending.removeFirst(UTF8.byteOrderMark.count)
            offset = UTF8.byteOrderMark.count
        }
        phase = .reading
        return .begin(header())
    }

    private func header() -> DocumentHeader {
        DocumentHeader(
            ordinal: ordinal, id: file.asGiven, source: file.asGiven, content: .text, byteOffset: offset)
    }

    private mutating func nextPiece() throws(ReadingFailure) -> [UInt8]? {
        while true {
            switch UTF8Prefix(of: pending.span) {
            case .valid(let count) where count > 0:
                let rest = Array(pending[count...])
                pending.removeLast(rest.count)
                offset += count
                defer { pending = rest }
                return pending
            case .valid:
                if try readMore() { continue }
                if pending.isEmpty { return nil }
                throw .document(
                    InputProblem(.invalidUTF8, "byte \(offset): the file ends within a UTF-8 sequence"))
            case .malformed(let at):
                throw .document(InputProblem(.invalidUTF8, "byte \(offset + at): not valid UTF-8"))
            case .nul(let at):
                throw .document(InputProblem(.nulByte, "byte \(offset + at): a NUL byte"))
            }
        }
    }

    private mutating func readMore() throws(ReadingFailure) -> Bool {
        try source!.read(atMost: limits.pieceBytes, appendingTo: &pending) > 0
    }
}
