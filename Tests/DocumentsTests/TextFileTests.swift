import Documents
import Jobs
import TestSupport
import Testing

@Suite struct TextFileTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(_ bytes: [UInt8], pieceBytes: Int = 64 << 10) throws -> ReadDocument {
        try directory.write(bytes, to: "a.txt")
        let documents = try directory.documents("a.txt", limits: .init(pieceBytes: pieceBytes))
        try #require(documents.count == 1)
        return documents[0]
    }

    @Test func lineEndsStayAsTheyAre() throws {
        let text = "one\r\ntwo\rthree\n\n\u{85}\u{2028}end \n"
        #expect(try read(Array(text.utf8)).bytes == Array(text.utf8))
    }

    @Test func anEmptyFileIsADocumentWithoutText() throws {
        let document = try read([])
        #expect(document.hasBegun && document.bytes.isEmpty && document.problem == nil)
    }

    @Test(arguments: [1, 2, 3, 4, 100])
    func aByteOrderMarkIsNotTextButCountsInPositions(pieceBytes: Int) throws {
        let document = try read([0xEF, 0xBB, 0xBF] + Array("a\u{FEFF}b".utf8), pieceBytes: pieceBytes)
        #expect(document.text == "a\u{FEFF}b")
        #expect(document.header.byteOffset == 3)
        #expect(try read([0xEF, 0xBB, 0xBF], pieceBytes: pieceBytes).bytes == [])
        #expect(try read(Array("ab".utf8), pieceBytes: pieceBytes).header.byteOffset == 0)
    }

    /// Every way to cut scalars of every length.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 16, 31, 32, 33, 64])
    func piecesHoldWholeScalars(pieceBytes: Int) throws {
        var generator = SplitMix64(seed: UInt64(pieceBytes))
        for length in [1, 5, 40, 300] {
            let text = String.random(scalars: length, using: &generator)
            #expect(try read(Array(text.utf8), pieceBytes: pieceBytes).bytes == Array(text.utf8))
        }
    }

    @Test func piecesAreNotMuchLongerThanAsked() throws {
        try directory.write(String(repeating: "aé漢😀", count: 1000), to: "a.txt")
        var reader = try directory.reader("a.txt", limits: .init(pieceBytes: 64))
        var longest = 0
        while let event = try reader.next() {
            if case .text(let piece) = event { longest = max(longest, piece.count) }
        }
        #expect((61...67).contains(longest))
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE2, 0x82, 0x28], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFC, 0x84, 0x80, 0x80],
            [0xFE], [0xFF], [0xF0, 0x9F, 0x98, 0x41],
        ] as [[UInt8]])
    func malformedBytesAbandonTheDocument(bytes: [UInt8]) throws {
        for (before, pieceBytes) in [(0, 64), (5, 1), (31, 64), (64, 7), (1000, 64)] {
            for after in ["", "after", String(repeating: "x", count: 50)] {
                let document = try read(
                    Array(repeating: 0x61, count: before) + bytes + Array(after.utf8), pieceBytes: pieceBytes)
                #expect(
                    document.problem == InputProblem(.invalidUTF8, "byte \(before): not valid UTF-8"),
                    "\(bytes) after \(before) bytes, before \(after.count)")
            }
        }
    }

    @Test(arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F], [0xF0, 0x9F, 0x98]] as [[UInt8]])
    func aScalarCutShortByTheEndIsInvalid(bytes: [UInt8]) throws {
        for pieceBytes in [1, 2, 64] {
            let document = try read(Array("ab".utf8) + bytes, pieceBytes: pieceBytes)
            #expect(
                document.problem == InputProblem(.invalidUTF8, "byte 2: the file ends within a UTF-8 sequence"))
        }
    }

    @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 100], [1, 32, 64])
    func aNULAbandonsTheDocument(offset: Int, pieceBytes: Int) throws {
        var bytes = [UInt8](repeating: 0x61, count: 101)
        bytes[offset] = 0
        #expect(try read(bytes, pieceBytes: pieceBytes).problem == InputProblem(.nulByte, "byte \(offset): a NUL byte"))
    }

    @Test func placesCountTheByteOrderMark() throws {
        #expect(try read([0xEF, 0xBB, 0xBF, 0x61, 0xFF]).problem?.message == "byte 4: not valid UTF-8")
    }

    /// The standard library's decoder is the reference.
    @Test func randomBytesAreJudgedAsTheStandardLibraryDoes() throws {
        var generator = SplitMix64(seed: 9)
        let alphabet: [UInt8] = [
            0x61, 0x7F, 0x80, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF4,
        ]
        var valid = 0
        for _ in 0..<3000 {
            let count = Int.random(in: 1...6, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator)! }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            valid += isValid ? 1 : 0
            let document = try read(bytes, pieceBytes: Int.random(in: 1...8, using: &generator))
            #expect((document.problem == nil) == isValid, "\(bytes)")
            if isValid { #expect(document.bytes == bytes) }
        }
        #expect((100..<2900).contains(valid))
    }
}
