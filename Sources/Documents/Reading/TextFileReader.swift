/// Reads a file that is one document.
struct TextFileReader: ~Copyable, Sendable {
    private enum Phase { case unopened, reading, finished }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let file: InputFile
    private let ordinal: Int
    private let pieceBytes: Int
    private var source: ByteSource?
    private var phase = Phase.unopened
    /// Read but not handed out yet: the begin of the text, then at most a scalar cut short.
    private var pending: [UInt8] = []
    /// Place of `pending` in the file.
    private var offset = 0

    init(_ file: InputFile, ordinal: Int, pieceBytes: Int) {
        self.file = file
        self.ordinal = ordinal
        self.pieceBytes = pieceBytes
    }

    var bytesRead: Int {
        switch source {
        case .some(let source): source.bytesRead
        case .none: 0
        }
    }

    /// SHA-256 of the whole file; `nil` if it cannot be read to its end.
    mutating func sha256() -> String? {
        if source == nil { return nil }
        return source!.sha256()
    }

    mutating func next() -> DocumentEvent? {
        switch phase {
        case .unopened:
            return begin()
        case .reading:
            do throws(InputProblem) {
                if let piece = try nextPiece() { return .text(piece) }
                phase = .finished
                return .end
            } catch {
                phase = .finished
                return .abandoned(error)
            }
        case .finished:
            return nil
        }
    }

    private mutating func begin() -> DocumentEvent {
        do throws(InputProblem) {
            source = try ByteSource.opening(file)
            while pending.count < Self.byteOrderMark.count, try readMore() {}
        } catch {
            phase = .finished
            return .rejected(header(), error)
        }
        if pending.starts(with: Self.byteOrderMark) {
            pending.removeFirst(Self.byteOrderMark.count)
            offset = Self.byteOrderMark.count
        }
        phase = .reading
        return .begin(header())
    }

    private func header() -> DocumentHeader {
        DocumentHeader(
            ordinal: ordinal, id: file.asGiven, source: file.asGiven, content: .text, byteOffset: offset,
            place: DocumentPlace(file: file))
    }

    private mutating func nextPiece() throws(InputProblem) -> [UInt8]? {
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
                throw InputProblem(.invalidUTF8, "byte \(offset): the file ends within a UTF-8 sequence")
            case .malformed(let at):
                throw InputProblem(.invalidUTF8, "byte \(offset + at): not valid UTF-8")
            case .nul(let at):
                throw InputProblem(.nulByte, "byte \(offset + at): a NUL byte")
            }
        }
    }

    private mutating func readMore() throws(InputProblem) -> Bool {
        try source!.read(atMost: pieceBytes, appendingTo: &pending) > 0
    }
}
