import Foundation
import Testing
import Tokenization

/// What Hugging Face's tokenizers answer for one variant of the demo tokenizer.
struct KnownAnswers: Decodable, CustomTestStringConvertible {
    struct AddedToken: Codable {
        let id: Int
        let content: String
        let singleWord: Bool
        let lstrip: Bool
        let rstrip: Bool
        let normalized: Bool
        let special: Bool
    }

    struct Edits: Decodable {
        let addedTokens: [AddedToken]?
        let addPrefixSpace: Bool?
        let useRegex: Bool?
        let normalizer: Bool?
        let ignoreMerges: Bool?
        let mergeCount: Int?
        let mergesAsPairs: Bool?
        /// The list of a sequence, as JSON.
        let preTokenizers: String?
    }

    struct Text: Decodable {
        let text: String
        let ids: [Int32]
    }

    struct Decoding: Decodable {
        let ids: [Int32]
        let decoded: String
        let decodedSkipSpecial: String
    }

    let name: String
    let edits: Edits
    let texts: [Text]
    let decodings: [Decoding]

    var testDescription: String { name }

    static func all() throws -> [KnownAnswers] {
        try TestFiles.lines("known-answers.jsonl").map { try TestFiles.decoder.decode(KnownAnswers.self, from: $0) }
    }

    /// The demo tokenizer with the edits.
    func tokenizer() throws -> Tokenizer {
        var file = try DemoFile()
        if let tokens = edits.addedTokens {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            let added = try JSONSerialization.jsonObject(with: encoder.encode(tokens)) as? [Any]
            file["added_tokens"] = (file["added_tokens"] as? [Any] ?? []) + (added ?? [])
        }
        if let value = edits.addPrefixSpace { file["pre_tokenizer", "add_prefix_space"] = value }
        if let value = edits.useRegex { file["pre_tokenizer", "use_regex"] = value }
        if let list = edits.preTokenizers {
            file["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": try DemoFile.json(list)] as [String: Any]
        }
        if edits.normalizer == false { file["normalizer"] = NSNull() }
        if let value = edits.ignoreMerges { file["model", "ignore_merges"] = value }
        var merges = file["model", "merges"] as? [String] ?? []
        if let count = edits.mergeCount { merges = Array(merges.prefix(count)) }
        let asPairs = edits.mergesAsPairs == true
        file["model", "merges"] = asPairs ? merges.map { $0.split(separator: " ").map(String.init) } : merges
        return try file.tokenizer()
    }
}

/// The demo models' `tokenizer.json`, to be changed.
struct DemoFile {
    private var root: [String: Any]

    init() throws {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: TestFiles.demoTokenizerFile))
        root = try #require(json as? [String: Any])
    }

    static func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    subscript(name: String) -> Any? {
        get { root[name] }
        set { root[name] = newValue }
    }

    subscript(object: String, name: String) -> Any? {
        get { (root[object] as? [String: Any])?[name] }
        set {
            var changed = root[object] as? [String: Any] ?? [:]
            changed[name] = newValue
            root[object] = changed
        }
    }

    func json() throws -> Data { try JSONSerialization.data(withJSONObject: root) }

    func tokenizer() throws -> Tokenizer { try Tokenizer(json: [UInt8](json()), name: "demo") }
}
