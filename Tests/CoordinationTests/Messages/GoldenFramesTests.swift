import Coordination
import Testing

/// The wire does not change unnoticed. Where one of these fails, old and new peers no longer understand each other:
/// unless that was meant, and ``FrameCoding/protocolName`` changes with it, the change is wrong, not the fixture.
@Suite struct GoldenFramesTests {
    @Test(arguments: ExampleMessages.peer.map(\.name)) func peerMessagesKeepTheirFrames(name: String) throws {
        let message = try #require(ExampleMessages.peer.first { $0.name == name }).message
        let golden = try GoldenFrames.lines("peer/" + name)
        #expect(GoldenFrames.lines(of: FrameCoding.frames(of: message)) == golden)
        #expect(try FrameCoding.peerMessage(from: GoldenFrames.frames(of: golden)) == message)
    }

    @Test(arguments: ExampleMessages.coordinator.map(\.name)) func coordinatorMessagesKeepTheirFrames(
        name: String
    ) throws {
        let message = try #require(ExampleMessages.coordinator.first { $0.name == name }).message
        let golden = try GoldenFrames.lines("coordinator/" + name)
        #expect(GoldenFrames.lines(of: FrameCoding.frames(of: message)) == golden)
        #expect(try FrameCoding.coordinatorMessage(from: GoldenFrames.frames(of: golden)) == message)
    }

    @Test func noFixtureIsLeftOver() throws {
        #expect(try GoldenFrames.names(in: "peer") == Set(ExampleMessages.peer.map(\.name)))
        #expect(try GoldenFrames.names(in: "coordinator") == Set(ExampleMessages.coordinator.map(\.name)))
    }
}
