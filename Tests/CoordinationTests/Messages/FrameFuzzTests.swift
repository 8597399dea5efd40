import Coordination
import TestSupport
import Testing

/// Bytes from outside never trap: they are a message, or a ``FrameCoding/DecodingError``.
@Suite struct FrameFuzzTests {
    private static let examples =
        ExampleMessages.peer.map { FrameCoding.frames(of: $0.message) }
        + ExampleMessages.coordinator.map { FrameCoding.frames(of: $0.message) }

    /// Decodes both ways, and encodes what was understood: that must not trap either.
    /// - Returns: whether it was a message.
    private static func reads(_ frames: [[UInt8]]) -> Bool {
        var isMessage = false
        if let message = try? FrameCoding.peerMessage(from: frames) {
            _ = FrameCoding.frames(of: message)
            isMessage = true
        }
        if let message = try? FrameCoding.coordinatorMessage(from: frames) {
            _ = FrameCoding.frames(of: message)
            isMessage = true
        }
        return isMessage
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func randomFramesAreRefused(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let frames = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            #expect(!Self.reads(frames))
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func damagedMessagesAreMessagesOrErrors(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var outcomes: Set<Bool> = []
        for example in Self.examples {
            for _ in 0..<40 {
                var frames = example
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    Self.damage(&frames, &random)
                }
                outcomes.insert(Self.reads(frames))
            }
        }
        #expect(outcomes == [true, false])
    }

    private static func damage(_ frames: inout [[UInt8]], _ random: inout SplitMix64) {
        guard let index = frames.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: frames.remove(at: index)
        case 1: frames.insert(frames[index], at: index)
        case 2: frames[index].removeLast(Int.random(in: 0...frames[index].count, using: &random))
        case 3: frames[index].append(UInt8.random(in: 0...255, using: &random))
        case 4:
            // Another example's kind with this one's header, or the other way round.
            guard let other = examples.randomElement(using: &random), index < other.count else { return }
            frames[index] = other[index]
        case 5:
            // A digit more makes a number of another size.
            guard
                let digit = frames[index].indices.filter({ (48...57).contains(frames[index][$0]) })
                    .randomElement(using: &random)
            else { return }
            frames[index].insert(
                contentsOf: Array("99999999999999e9".utf8.prefix(Int.random(in: 1...16, using: &random))), at: digit)
        default:
            guard let byte = frames[index].indices.randomElement(using: &random) else { return }
            frames[index][byte] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
    }
}
