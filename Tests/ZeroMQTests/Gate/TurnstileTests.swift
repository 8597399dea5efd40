import Testing
import ZeroMQ

/// Who is let through, on a pretend clock.
@Suite struct TurnstileTests {
    private static let rules: GateRules = {
        var rules = GateRules(descriptors: 1024, visitorMessage: 0, memberMessage: 0)
        (rules.halfOpen, rules.open) = (4, 3)
        (rules.visitorBytes, rules.visitorsBytes, rules.memberBytes) = (1000, 2500, 100_000)
        return rules
    }()
    private var turnstile = Turnstile(rules)
    private var last: UInt64 = 0

    private mutating func arrive(from network: UInt8, at now: Duration = .zero) -> [Turnstile.Action] {
        last += 1
        return turnstile.arrived(last, from: [network], at: now)
    }

    /// - Returns: the number of a new connection whose handshake is over.
    private mutating func open(at now: Duration = .zero) -> UInt64 {
        #expect(arrive(from: UInt8(last), at: now).isEmpty)
        #expect(turnstile.opened(last, at: now).isEmpty)
        return last
    }

    @Test mutating func aHandshakeEndsAfterSeconds() {
        #expect(turnstile.nextDeadline == nil)
        _ = arrive(from: 1)
        _ = arrive(from: 1, at: .seconds(1))
        #expect(turnstile.nextDeadline == Self.rules.handshake)
        #expect(turnstile.tick(at: Self.rules.handshake - .nanoseconds(1)).isEmpty)
        #expect(turnstile.tick(at: Self.rules.handshake) == [.end(1, .slow)])
        #expect(turnstile.opened(2, at: .seconds(3)).isEmpty)
        #expect(turnstile.nextDeadline == nil)
        #expect(turnstile.tick(at: .seconds(1000)).isEmpty)
    }

    @Test mutating func aCrowdMakesRoomForOthers() {
        for network: UInt8 in [1, 2, 2, 2] { #expect(arrive(from: network).isEmpty) }
        // The oldest of those who are most, not the oldest of all.
        #expect(arrive(from: 3) == [.end(2, .crowded)])
        #expect(arrive(from: 2) == [.end(3, .crowded)])
        #expect(arrive(from: 2) == [.end(4, .crowded)])
        // Whoever comes is counted with its own.
        #expect(arrive(from: 3) == [.end(5, .crowded)])
    }

    @Test mutating func oneKeyIsLookedAtAtATime() {
        for _ in 1...4 { _ = arrive(from: 1) }
        #expect(turnstile.mayProve(1) && turnstile.mayProve(1))
        #expect(!turnstile.mayProve(2) && !turnstile.mayProve(2) && !turnstile.mayProve(3) && !turnstile.mayProve(4))
        // It is not the one that makes room.
        #expect(arrive(from: 1) == [.end(2, .crowded)])
        #expect(turnstile.opened(1, at: .zero) == [.judge(3)])
        #expect(turnstile.judged == 3 && turnstile.mayProve(3))
        #expect(turnstile.afterJudgement(of: 3) == [.judge(4)])
        #expect(turnstile.ended(4).isEmpty)
        #expect(turnstile.judged == nil)
    }

    @Test mutating func theVisitorThatIsSilentLongestMakesRoom() {
        let (member, silent, other) = (open(), open(at: .seconds(1)), open())
        #expect(turnstile.admitted(member).isEmpty)
        #expect(turnstile.delivered(1, of: other, at: .seconds(2)).isEmpty)
        _ = arrive(from: 9, at: .seconds(3))
        #expect(turnstile.opened(last, at: .seconds(3)) == [.end(silent, .crowded)])
        for id in [other, last] { #expect(turnstile.admitted(id).isEmpty) }
        _ = arrive(from: 9, at: .seconds(4))
        #expect(turnstile.opened(last, at: .seconds(4)) == [.end(last, .crowded)])
    }

    @Test mutating func anEndlessMessageIsEnded() {
        let id = open()
        #expect(turnstile.room(of: id) == 1000)
        #expect(turnstile.passed(999, of: id, at: .zero).isEmpty)
        #expect(!turnstile.hasStalled && turnstile.room(of: id) == 1)
        #expect(turnstile.passed(1, of: id, at: .seconds(1)).isEmpty)
        #expect(turnstile.hasStalled && turnstile.room(of: id) == 0)
        #expect(turnstile.nextDeadline == .seconds(1) + Self.rules.patience)
        #expect(turnstile.tick(at: .seconds(1) + Self.rules.patience) == [.end(id, .unfinished)])
        #expect(!turnstile.hasStalled && turnstile.nextDeadline == nil)
    }

    @Test mutating func whatArrivesMakesRoomForMore() {
        let id = open()
        _ = turnstile.passed(1000, of: id, at: .zero)
        #expect(turnstile.delivered(.max, of: id, at: .seconds(9)) == [.resume(id)])
        #expect(turnstile.room(of: id) == 1000)
        // What arrives is never a credit for what comes.
        _ = turnstile.passed(600, of: id, at: .seconds(9))
        #expect(turnstile.room(of: id) == 400)
        #expect(turnstile.tick(at: .seconds(1000)).isEmpty)
    }

    /// A connection that is only kept alive between its messages never comes to its limit.
    @Test mutating func pingsAreForgivenWithTheNextMessage() {
        let id = open()
        for second in 1...100 {
            let now = Duration.seconds(10 * second)
            #expect(turnstile.passed(500, of: id, at: now).isEmpty)
            #expect(turnstile.delivered(1, of: id, at: now).isEmpty)
        }
        #expect(turnstile.room(of: id) == 1000)
    }

    @Test mutating func aMemberSendsLargerMessages() {
        let id = open()
        _ = turnstile.passed(1000, of: id, at: .zero)
        #expect(turnstile.admitted(id) == [.resume(id)])
        #expect(turnstile.room(of: id) == 99_000)
        #expect(turnstile.admitted(id).isEmpty)
        _ = turnstile.passed(99_000, of: id, at: .zero)
        #expect(turnstile.tick(at: Self.rules.patience) == [.end(id, .unfinished)])
    }

    @Test mutating func visitorsTogetherHaveALimitToo() {
        let ids = [open(), open(), open()]
        #expect(turnstile.passed(900, of: ids[0], at: .zero).isEmpty)
        #expect(turnstile.passed(1000, of: ids[1], at: .zero).isEmpty)
        #expect(turnstile.passed(601, of: ids[2], at: .zero) == [.end(ids[1], .unfinished)])
        #expect(turnstile.admitted(ids[0]).isEmpty)
        #expect(turnstile.passed(399, of: ids[2], at: .zero).isEmpty)
    }

    @Test mutating func nobodyUnknownHasRoom() {
        _ = arrive(from: 1)
        #expect(turnstile.room(of: 1) == 0 && turnstile.room(of: 7) == 0)
        #expect(turnstile.passed(1, of: 7, at: .zero).isEmpty)
        #expect(turnstile.delivered(1, of: 1, at: .zero).isEmpty)
        #expect(turnstile.admitted(1).isEmpty && turnstile.ended(7).isEmpty)
    }

    @Test(arguments: [0, 256, 1024, 20_000, 1 << 30, Int.max]) func halfOfTheDescriptorsStayFree(limit: Int) {
        let rules = GateRules(descriptors: limit, visitorMessage: 4 << 20, memberMessage: 640 << 20)
        #expect(rules.halfOpen > 0 && rules.halfOpen <= 256 && rules.open > 0)
        if limit >= 256 { #expect((rules.halfOpen + rules.open) * 3 <= limit / 2) }
        #expect(rules.visitorBytes > 4 << 20 && rules.memberBytes > 640 << 20)
    }
}
