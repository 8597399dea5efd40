import Checkpoints
import FoundationEssentials
import Jobs
import Kernels
import Mamba
import Passes
import Synchronization

/// An engine of no model: a recurrence over four numbers, in plain loops. A pass takes several blocks of few documents.
final class PretendEngine: Engine {
    static let width = 4
    static let vocabularySize = 40

    let shape = ModelShape(
        hiddenSize: width, vocabularySize: vocabularySize, meaningfulVocabularySize: vocabularySize - 3,
        state: { _ in [ModelShape.Tensor(name: "layers.0.memory", shape: [width])] })
    let dataType = Job.DataType.f32
    let profile = "pretend"
    let capacity = Capacity(rowsPerPass: 1024, documentsPerPass: 12, stateBytes: 1 << 20)
    let hasHead = true
    private let read = Mutex<[Pass]>([])

    struct Pass: Equatable {
        var rows: Int
        var documents: Int
    }

    /// All so far.
    var passes: [Pass] { read.withLock { $0 } }
    func add(_ pass: Pass) { read.withLock { $0.append(pass) } }

    func stateBytes(afterTokens count: Int) -> Int { Self.width * 4 }
    func makeState() -> any EngineState { PretendState(PretendMemory()) }
    func makeLane() -> any EngineLane { PretendLane(self) }

    func makeState(_ exported: ExportedState) throws(SnapshotError) -> any EngineState {
        guard exported.tensors.count == 1 else { throw SnapshotError.missingTensor("layers.0.memory") }
        return PretendState(PretendMemory(offset: exported.offset, row: exported.tensors[0].elements.array))
    }
}

/// What is left of all tokens before.
struct PretendMemory: Equatable {
    var offset = 0
    var row = [Float](repeating: 0, count: PretendEngine.width)

    mutating func read(_ token: Int32) {
        for column in row.indices {
            row[column] = 0.75 * row[column] + Float((Int(token) * (2 * column + 3) + column) % 11) - 5
        }
        offset += 1
    }

    /// ln p of every token that may come next.
    var logProbabilities: [Double] {
        let logits = (0..<PretendEngine.vocabularySize).map { token in
            row.enumerated().reduce(0.0) { $0 + Double($1.element) * Double((token * 5 + $1.offset * 7) % 9 - 4) / 8 }
        }
        let sum = logits.reduce(0) { $0 + exponential($1) }
        return logits.map { $0 - naturalLogarithm(sum) }
    }

    func score(of token: Int32) -> Float { Float(logProbabilities[Int(token)]) }

    /// The likeliest first.
    func likeliest(_ count: Int, below vocabularySize: Int) -> TopTokens {
        let all = logProbabilities.prefix(vocabularySize)
        let order = all.indices.sorted { (-all[$0], $0) < (-all[$1], $1) }.prefix(count)
        return TopTokens(count: count, tokens: order.map { Int32($0) }, logProbabilities: order.map { Float(all[$0]) })
    }
}

final class PretendState: EngineState {
    private let memory: Mutex<PretendMemory>

    init(_ memory: PretendMemory) { self.memory = Mutex(memory) }

    var value: PretendMemory {
        get { memory.withLock { $0 } }
        set { memory.withLock { $0 = newValue } }
    }

    var offset: Int { value.offset }
    var lastRow: [Float]? { value.offset > 0 ? value.row : nil }
    func copy() -> any EngineState { PretendState(value) }

    func exported() -> ExportedState {
        let tensor = StateTensor(
            name: "layers.0.memory", shape: [PretendEngine.width], elements: FloatBuffer(value.row))
        return ExportedState(offset: offset, tensors: [tensor], lastRow: lastRow)
    }
}

final class PretendLane: EngineLane {
    private let engine: PretendEngine

    init(_ engine: PretendEngine) { self.engine = engine }

    func read(_ pieces: [Piece]) -> [PieceOutput] {
        let rows = pieces.reduce(0) { $0 + $1.tokens.count }
        precondition(rows <= engine.capacity.rowsPerPass && pieces.count <= engine.capacity.documentsPerPass)
        engine.add(.init(rows: rows, documents: pieces.count))
        return pieces.map { piece in
            guard let state = piece.state as? PretendState else { preconditionFailure("another engine's state") }
            var memory = state.value
            let start = memory.offset % Job.blockTokens
            precondition(start == 0 || start + piece.tokens.count <= Job.blockTokens, "a piece across the grid")
            var output = PieceOutput(isFinite: true)
            var rows: [[Float]] = []
            for token in piece.tokens {
                if case .scores(let request) = piece.wanted, memory.offset > 0 {
                    score(token, after: memory, request, into: &output.scores)
                }
                memory.read(token)
                rows.append(memory.row)
            }
            switch piece.wanted {
            case .nothing, .scores: break
            case .rows(let places): output.rows = places.map { rows[$0] }
            case .sums(let sums):
                var running = sums.running
                for place in 0...rows.count {
                    if place == rows.count || sums.ends.contains(place) {
                        output.sums.append(running)
                        running = Array(repeating: 0, count: running.count)
                    }
                    if place == rows.count, sums.ends.contains(place) { output.sums.append(running) }
                    if place < rows.count {
                        for (column, x) in rows[place].enumerated() { running[column] += Double(x) }
                    }
                }
            }
            state.value = memory
            return output
        }
    }

    private func score(
        _ token: Int32, after memory: PretendMemory, _ request: ScoreRequest, into scores: inout PieceScores
    ) {
        scores.logProbabilities.append(memory.score(of: token))
        scores.isLikeliest.append(memory.likeliest(1, below: .max).tokens == [token])
        guard request.topCount > 0 else { return }
        let top = memory.likeliest(request.topCount, below: request.namedVocabularySize)
        if scores.top == nil { scores.top = top } else { scores.top?.append(top) }
    }

    func nextTokens(_ choices: [TokenChoice]) -> [ChosenToken?] {
        precondition(choices.count <= engine.capacity.documentsPerPass)
        return choices.map { choice in
            guard let state = choice.state as? PretendState else { preconditionFailure("another engine's state") }
            let memory = state.value
            var left = choice.uniform
            let token = memory.logProbabilities.prefix(choice.vocabularySize).firstIndex { probability in
                left -= exponential(probability)
                return left < 0
            }
            let chosen = Int32(token ?? 0)
            let topCount = choice.options.topLogprobs
            return ChosenToken(
                token: chosen, logProbability: memory.score(of: chosen),
                top: topCount > 0 ? memory.likeliest(topCount, below: choice.vocabularySize) : nil)
        }
    }
}
