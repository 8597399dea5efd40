import ArgumentParser
import Coordination
import Documents
import Foundation
import Tokenization

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn texts into token ids, or back.",
        discussion: """
            Reads JSON lines {"text": …} from standard input and writes {"ids": […]} to standard output, in order. \
            With --decode it reads ids and writes texts.

              echo '{"text": "Call me Ishmael."}' | longscan tokenize Jobs/models/mamba2-books-6m
            """)

    private struct TextLine: Codable {
        var text: String
    }

    private struct IDsLine: Codable {
        var ids: [Int32]
    }

    @Argument(help: ArgumentHelp("A model's directory, or a tokenizer.json.", valueName: "directory"))
    var model: String

    @Flag(help: "Turn token ids into text.")
    var decode = false

    @Flag(help: "With --decode: leave special tokens out of the text.")
    var skipSpecialTokens = false

    func run() throws {
        try CommandFailure.catching {
            guard let isDirectory = try? URL(filePath: model).resourceValues(forKeys: [.isDirectoryKey]).isDirectory
            else { throw CommandFailure("\(model) does not exist", ExitStatus.noInput) }
            let path = isDirectory ? model + "/tokenizer.json" : model
            let tokenizer = try Tokenizer(contentsOf: path)
            var lines = InputLines()
            while let line = lines.next() {
                if !line.isEmpty { try StandardOutput.write(convert(line, lines.number, tokenizer)) }
            }
        }
    }

    private func convert(_ line: [UInt8], _ number: Int, _ tokenizer: Tokenizer) throws -> [UInt8] {
        var row = JSONText()
        row.beginObject()
        if decode {
            let ids = try parse(line, number, IDsLine.self, "{\"ids\": […]}").ids
            row.key("text")
            row.string(tokenizer.decode(ids, skippingSpecialTokens: skipSpecialTokens))
        } else {
            row.key("ids")
            row.beginArray()
            row.integers(tokenizer.encode(try parse(line, number, TextLine.self, "{\"text\": …}").text))
            row.endArray()
        }
        row.endObject()
        row.endLine()
        return row.bytes
    }

    private func parse<Line: Decodable>(
        _ line: [UInt8], _ number: Int, _ type: Line.Type, _ form: String
    ) throws -> Line {
        let isText = String(validating: line, as: UTF8.self) != nil
        guard isText, let value = try? JSONDecoder().decode(type, from: Data(line)) else {
            throw CommandFailure("standard input, line \(number): \(form) belongs here", ExitStatus.badData)
        }
        return value
    }
}

/// The lines of standard input as bytes: `readLine` would replace bytes that are not UTF-8.
private struct InputLines {
    /// The number of the last line, from 1.
    private(set) var number = 0
    private var buffer: [UInt8] = []
    private var position = 0

    mutating func next() -> [UInt8]? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                number += 1
                return Array(buffer[position..<end])
            }
            searched = buffer.count - position
            buffer.removeFirst(position)
            position = 0
            let data = FileHandle.standardInput.availableData
            if data.isEmpty {
                defer { buffer = [] }
                number += 1
                return buffer.isEmpty ? nil : buffer
            }
            buffer += data
        }
    }
}
