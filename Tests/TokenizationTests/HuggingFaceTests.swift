import Foundation
import Testing
import Tokenization

/// Ids and texts equal those of Hugging Face's tokenizers.
@Suite struct HuggingFaceTests {
    @Test(arguments: try KnownAnswers.all())
    func idsEqualKnownAnswers(answers: KnownAnswers) throws {
        let tokenizer = try answers.tokenizer()
        for text in answers.texts {
            #expect(tokenizer.encode(text.text) == text.ids, "\(text.text.debugDescription)")
        }
    }

    @Test(arguments: try KnownAnswers.all())
    func decodedTextsEqualKnownAnswers(answers: KnownAnswers) throws {
        let tokenizer = try answers.tokenizer()
        for decoding in answers.decodings {
            let decoded = tokenizer.decode(decoding.ids, skippingSpecialTokens: false)
            #expect(Array(decoded.utf8) == Array(decoding.decoded.utf8), "\(decoding.ids)")
            let skipped = tokenizer.decode(decoding.ids, skippingSpecialTokens: true)
            #expect(Array(skipped.utf8) == Array(decoding.decodedSkipSpecial.utf8), "\(decoding.ids)")
        }
    }

    @Test func idsOutsideTheVocabularyAreLeftOutOfTheText() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let ids = tokenizer.encode("left out")
        #expect(tokenizer.decode([-1, 4096, .max] + ids, skippingSpecialTokens: false) == "left out")
        #expect(tokenizer.bytes(of: 4096) == nil)
        #expect(tokenizer.bytes(of: -1) == nil)
        #expect(tokenizer.vocabularySize == 4096)
    }

    @Test func specialTokensAreKnown() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        #expect(tokenizer.isSpecial(0))
        #expect(tokenizer.isSpecial(1))
        #expect(!tokenizer.isSpecial(2))
        #expect(!tokenizer.isSpecial(-1))
        #expect(tokenizer.bytes(of: 0) == Array("<|endoftext|>".utf8))
    }

    @Test func bytesOfTokensMakeUpTheText() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let text = "naïve 日本語 😀 — it's 42\r\n"
        let bytes = tokenizer.encode(text).flatMap { tokenizer.bytes(of: $0) ?? [] }
        #expect(bytes == Array(text.utf8))
    }

    private struct NeoXCase: Decodable {
        let name: String
        let text: String
        let ids: [Int32]
        let decoded: String
        let decodedSkipSpecial: String
    }

    // The GPT-NeoX-20B tokenizer is no part of this repository; without the shared fixtures there is nothing to
    // compare.
    @Test(.enabled(if: TestFiles.hasNeoX, "the shared fixtures (LONGSCAN_SHARED, default ../shared) are not here"))
    func gptNeoXCasesAgree() throws {
        let tokenizer = try Tokenizer(contentsOf: TestFiles.neoX.appending(path: "tokenizer.json").path)
        #expect(tokenizer.vocabularySize == 50277)
        let lines = try TestFiles.lines(of: TestFiles.neoX.appending(path: "cases.jsonl"))
        #expect(lines.count == 389)
        for line in lines {
            let known = try TestFiles.decoder.decode(NeoXCase.self, from: line)
            #expect(tokenizer.encode(known.text) == known.ids, "\(known.name)")
            let decoded = tokenizer.decode(known.ids, skippingSpecialTokens: false)
            #expect(Array(decoded.utf8) == Array(known.decoded.utf8), "\(known.name)")
            let skipped = tokenizer.decode(known.ids, skippingSpecialTokens: true)
            #expect(Array(skipped.utf8) == Array(known.decodedSkipSpecial.utf8), "\(known.name)")
            #expect(StreamChecks.agrees(tokenizer, Array(known.text.utf8), seed: UInt64(known.ids.count)))
        }
    }

    // The book and the ids that belong to it are no part of this repository either.
    @Test(.enabled(if: TestFiles.hasBooks, "the shared fixtures (LONGSCAN_SHARED, default ../shared) are not here"))
    func demoTokenizerReadsTheTimeMachine() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let book = TestFiles.shared.appending(path: "documents/the-time-machine.txt")
        let ids = tokenizer.encode(String(decoding: try Data(contentsOf: book), as: UTF8.self))
        let known = try Self.inputIDs(
            safetensors: TestFiles.shared.appending(path: "fixtures/books/mamba2-books-6m.safetensors"))
        #expect(known.count == 3000)
        #expect(Array(ids.prefix(3000)) == known)
    }

    /// The tensor `input_ids` (int32) of a safetensors file.
    private static func inputIDs(safetensors file: URL) throws -> [Int32] {
        let data = [UInt8](try Data(contentsOf: file))
        func integer(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
        let headerEnd = 8 + integer(data[0..<8])
        let json = try JSONSerialization.jsonObject(with: Data(data[8..<headerEnd])) as? [String: Any]
        let tensor = try #require(json?["input_ids"] as? [String: Any])
        let offsets = try #require(tensor["data_offsets"] as? [Int])
        return stride(from: headerEnd + offsets[0], to: headerEnd + offsets[1], by: 4).map {
            Int32(truncatingIfNeeded: integer(data[$0..<$0 + 4]))
        }
    }
}
