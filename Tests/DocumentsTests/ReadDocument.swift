import Documents
import TestSupport
import Testing

/// The events of one document, gathered.
struct ReadDocument: Equatable {
    var header: DocumentHeader
    var hasBegun: Bool
    var bytes: [UInt8] = []
    var tokens: [Int32] = []
    /// Where texts end, of a document of several: in bytes or tokens.
    var ends: [Int] = []
    var problem: InputProblem?

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var texts: [String] {
        zip([0] + ends, ends + [bytes.count]).map { String(decoding: bytes[$0..<$1], as: UTF8.self) }
    }

    var sequences: [[Int32]] { zip([0] + ends, ends + [tokens.count]).map { Array(tokens[$0..<$1]) } }
}

extension DocumentReader {
    /// All documents that are left, with the grammar of events checked.
    mutating func documents() throws -> [ReadDocument] {
        var documents: [ReadDocument] = []
        var current: ReadDocument?
        while let event = try next() {
            switch event {
            case .begin(let header):
                try #require(current == nil)
                current = ReadDocument(header: header, hasBegun: true)
            case .rejected(let header, let problem):
                try #require(current == nil)
                documents.append(ReadDocument(header: header, hasBegun: false, problem: problem))
            case .text(let piece):
                try #require(current?.header.content == .text)
                try #require(!piece.isEmpty && String(validating: piece, as: UTF8.self) != nil)
                current!.bytes += piece
            case .tokens(let piece):
                try #require(current?.header.content == .tokens)
                try #require(!piece.isEmpty)
                current!.tokens += piece
            case .nextText:
                try #require(current != nil)
                current!.ends.append(current!.bytes.count + current!.tokens.count)
            case .end:
                documents.append(try #require(current))
                current = nil
            case .abandoned(let problem):
                try #require(current != nil)
                current!.problem = problem
                documents.append(current!)
                current = nil
            }
        }
        try #require(current == nil)
        return documents
    }
}

extension TemporaryDirectory {
    func reader(
        _ inputs: String..., vocabularySize: Int? = nil, limits: DocumentReader.Limits = .init()
    ) throws -> DocumentReader {
        DocumentReader(try InputFiles(inputs.map(input)), vocabularySize: vocabularySize, limits: limits)
    }

    func documents(
        _ inputs: String..., vocabularySize: Int? = nil, limits: DocumentReader.Limits = .init()
    ) throws -> [ReadDocument] {
        var reader = DocumentReader(
            try InputFiles(inputs.map(input)), vocabularySize: vocabularySize, limits: limits)
        return try reader.documents()
    }
}

extension DocumentReader.Limits {
    init(pieceBytes: Int, pieceTokens: Int = 1, lineBytes: Int = 1 << 20) {
        self.init()
        self.pieceBytes = pieceBytes
        self.pieceTokens = pieceTokens
        self.lineBytes = lineBytes
    }
}
