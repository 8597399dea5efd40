import Checkpoints
import Kernels
import Mamba

/// Files that the tests read, found beside this one.
enum Fixtures {
    static let directory = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/Fixtures"
    /// The demo models of the package.
    static let models = directory + "/../../../Jobs/models"

    static func model(directory: String) throws -> LanguageModel {
        try LanguageModel(
            configuration: ModelConfiguration(file: directory + "/config.json"),
            source: Checkpoint(directory: directory).source, arithmetic: Arithmetic())
    }

    static func checkpoint(_ name: String) throws -> LanguageModel {
        try model(directory: directory + "/checkpoints/" + name)
    }

    static func demoModel(_ name: String) throws -> LanguageModel {
        try model(directory: models + "/" + name)
    }
}

/// Reference values of a fixture.
struct Expectations {
    private let file: SafetensorsFile

    init(path: String) throws { file = try SafetensorsFile(path: path) }

    init(checkpoint name: String) throws {
        try self.init(path: Fixtures.directory + "/checkpoints/\(name)/expected.safetensors")
    }

    init(book name: String) throws {
        try self.init(path: Fixtures.directory + "/books/\(name).safetensors")
    }

    func floats(_ name: String) throws -> [Float] {
        guard let tensor = try file.tensor(name) else { throw ModelError.missingTensor(name, file: file.file) }
        return tensor.elements.array
    }

    func tokens(_ name: String) throws -> [Int32] {
        guard let bytes = file.bytes(of: name) else { throw ModelError.missingTensor(name, file: file.file) }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Int32(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
        }
    }
}

/// A model's rows after the last norm for a whole sequence, and where it ended.
struct Reading {
    var hidden: [Float] = []
    var state: RecurrentState

    /// Reads `tokens` in calls of `chunk`, each cut at the grid of blocks.
    init(
        _ tokens: [Int32], with model: LanguageModel, chunk: Int = .max, onBlock: (Workspace, Int) -> Void = { _, _ in }
    ) {
        state = model.emptyState()
        let workspace = model.makeWorkspace()
        for chunkStart in stride(from: 0, to: tokens.count, by: min(chunk, tokens.count)) {
            let chunkEnd = chunk < tokens.count - chunkStart ? chunkStart + chunk : tokens.count
            var start = chunkStart
            while start < chunkEnd {
                let rows = min(chunkEnd - start, LanguageModel.blockTokens - start % LanguageModel.blockTokens)
                model.readBlock(tokens[start..<start + rows], from: &state, in: workspace)
                for row in 0..<rows { hidden += workspace.hiddenRow(row) }
                onBlock(workspace, rows)
                start += rows
            }
        }
    }
}

func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
    precondition(left.count == right.count, "\(left.count) and \(right.count) elements")
    return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
