import Testing
import ZeroMQ

@Suite struct PeerHandshakeTests {
    /// Everything that is passed on of some bytes, one part after the other.
    private func parts(_ handshake: inout PeerHandshake) throws -> [PeerHandshake.Part] {
        var parts: [PeerHandshake.Part] = []
        while let part = try handshake.next() { parts.append(part) }
        return parts
    }

    private let greeting = Array(RawConnection.handshake[10..<64])
    private let ready = Array(RawConnection.handshake[64...])

    @Test func aHandshakeIsPassedOnInItsParts() throws {
        var handshake = PeerHandshake()
        handshake.receive(RawConnection.handshake + [1, 2, 3])
        let signature = Array(RawConnection.handshake[..<10])
        #expect(try parts(&handshake) == [.signature(signature), .greeting(greeting), .command(ready)])
        #expect(handshake.commands == 1 && handshake.rest() == [1, 2, 3] && handshake.bytesHeld == 0)
    }

    @Test func halfOfACommandIsNotPassedOn() throws {
        var handshake = PeerHandshake()
        var passed: [UInt8] = []
        for (index, byte) in RawConnection.handshake.enumerated() {
            handshake.receive([byte])
            for part in try parts(&handshake) {
                switch part {
                case .signature(let bytes), .greeting(let bytes), .command(let bytes): passed += bytes
                }
            }
            // A signature is judged whole, a greeting as it comes: the server answers in between.
            let isCommand = index >= 64 && index < RawConnection.handshake.count - 1
            #expect(passed.count == (index < 9 ? 0 : isCommand ? 64 : index + 1))
        }
        #expect(passed == RawConnection.handshake)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{1}\u{0}", "\0"])
    func anotherProtocolIsKnownByItsFirstByte(text: String) {
        var handshake = PeerHandshake()
        handshake.receive(Array(text.utf8))
        #expect(throws: PeerHandshake.Malformed.self) { try handshake.next() }
    }

    @Test func aProtocolOfOldIsRefused() {
        var handshake = PeerHandshake()
        handshake.receive([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(throws: PeerHandshake.Malformed.self) { try handshake.next() }
    }

    @Test(arguments: [1025, 600 << 20, UInt64.max] as [UInt64])
    func aLargeCommandIsRefusedByItsSize(size: UInt64) throws {
        var handshake = PeerHandshake()
        handshake.receive(RawConnection.handshake[..<64])
        _ = try parts(&handshake)
        handshake.receive([6] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) })
        #expect(throws: PeerHandshake.Malformed.self) { try handshake.next() }
    }

    /// The second command is the one that proves a key; more are passed on only when the server has answered.
    @Test func noMoreThanTwoCommandsArePassedOn() throws {
        var handshake = PeerHandshake()
        #expect(!handshake.hasProof)
        handshake.receive(RawConnection.handshake)
        #expect(try parts(&handshake).count == 3 && !handshake.hasProof)
        handshake.receive(ready.dropLast())
        #expect(!handshake.hasProof)
        handshake.receive(ready.suffix(1) + ready)
        #expect(handshake.hasProof)
        #expect(try parts(&handshake) == [.command(ready)])
        #expect(!handshake.hasProof && handshake.rest() == ready)
    }

    @Test func aMessageIsNoPartOfIt() throws {
        var handshake = PeerHandshake()
        handshake.receive(RawConnection.handshake + [0, 2, 7, 7])
        #expect(try parts(&handshake).count == 3)
        #expect(!handshake.hasProof && handshake.rest() == [0, 2, 7, 7])
    }

    @Test func theServersAnswerIsSeen() {
        let greeting = [UInt8](repeating: 0xFF, count: 64)
        let command = { (text: String) in [4, UInt8(text.utf8.count)] + text.utf8 }
        for (commands, answer) in [
            (["\u{5}READYx"], ServerHandshake.Answer.ready), (["\u{7}WELCOME", "\u{5}READY"], .ready),
            (["\u{7}WELCOME", "\u{5}ERROR\u{3}400"], .refused),
        ] {
            var server = ServerHandshake()
            let bytes = greeting + commands.flatMap(command)
            for byte in bytes.dropLast() { server.look(at: [byte]) }
            #expect(server.answer == nil)
            server.look(at: bytes.suffix(1))
            #expect(server.answer == answer)
            server.look(at: command("\u{5}ERROR"))
            #expect(server.answer == answer)
        }
    }
}
