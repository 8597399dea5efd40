import Foundation
import Tokenization

/// Where the tests' inputs are.
enum TestFiles {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Fixtures that may not be part of this repository. `LONGSCAN_SHARED` names the folder, by default `../shared`.
    static let shared: URL =
        if let path = ProcessInfo.processInfo.environment["LONGSCAN_SHARED"] {
            URL(filePath: path)
        } else {
            repository.deletingLastPathComponent().appending(path: "shared")
        }

    static let neoX = shared.appending(path: "fixtures/gpt-neox-20b")
    static let hasNeoX = exists(neoX)
    static let hasBooks = exists(shared.appending(path: "fixtures/books"))

    static func demoTokenizer() throws -> Tokenizer {
        try Tokenizer(contentsOf: demoTokenizerFile.path)
    }

    static let demoTokenizerFile = repository.appending(path: "Jobs/models/mamba2-books-6m/tokenizer.json")

    /// Reads fixtures whose keys are written in snake case.
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// The lines of a fixture in this folder.
    static func lines(_ name: String) throws -> [Data] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        return try lines(of: folder.appending(path: name))
    }

    static func lines(of file: URL) throws -> [Data] {
        try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }

    private static func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path)
    }
}
