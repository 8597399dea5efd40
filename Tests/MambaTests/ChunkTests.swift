import Kernels
import Mamba
import Testing

/// A sequence gives the same bytes however it is cut, as long as the cuts are on the grid of 256 tokens.
@Suite struct ChunkTests {
    static let models = BooksTests.models

    @Test(arguments: models, [256, 1024, 2048])
    func chunksGiveTheBytesOfTheWhole(name: String, chunk: Int) throws {
        let model = try Fixtures.demoModel(name)
        let tokens = try Expectations(book: name).tokens("input_ids")
        let whole = Reading(tokens, with: model)
        let chunked = Reading(tokens, with: model, chunk: chunk)
        #expect(chunked.hidden.map(\.bitPattern) == whole.hidden.map(\.bitPattern))
        #expect(chunked.state == whole.state)
    }

    @Test(arguments: KnownAnswersTests.checkpoints)
    func oddChunksAgreeClosely(name: String) throws {
        let model = try Fixtures.checkpoint(name)
        let tokens = try Expectations(checkpoint: name).tokens("input_ids")
        let whole = Reading(tokens, with: model)
        for chunk in [1, 3, 7, 8, 64, 90] {
            let chunked = Reading(tokens, with: model, chunk: chunk)
            #expect(largestDifference(chunked.hidden, whole.hidden) < 1e-3)
            #expect(chunked.state.offset == tokens.count)
        }
    }

    @Test(arguments: models)
    func otherDocumentsInTheWorkspaceLeaveNoTrace(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let tokens = try Expectations(book: name).tokens("input_ids")
        let workspace = model.makeWorkspace()
        func lastRow(_ tokens: ArraySlice<Int32>) -> [Float] {
            var state = model.emptyState()
            model.readBlock(tokens, from: &state, in: workspace)
            return workspace.hiddenRow(tokens.count - 1)
        }
        let first = lastRow(tokens[..<100])
        _ = lastRow(tokens[300..<556])
        #expect(lastRow(tokens[..<100]).map(\.bitPattern) == first.map(\.bitPattern))
    }

    @Test(arguments: models)
    func aCopiedStateGoesItsOwnWay(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let tokens = try Expectations(book: name).tokens("input_ids")
        let state = Reading(Array(tokens.prefix(256)), with: model).state
        let kept = state
        var moving = state
        model.readBlock(tokens[256..<300], from: &moving, in: model.makeWorkspace())
        #expect(state == kept)
        #expect(moving != kept)
        #expect(moving.offset == 300)
    }
}
