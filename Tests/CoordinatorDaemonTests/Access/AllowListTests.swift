import CoordinatorDaemon
import Testing
import ZeroMQ

@Suite struct AllowListTests {
    private static let key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
    private static let other = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

    @Test func aLineIsAKey() throws {
        let list = try AllowList(
            """
            # our machines

            worker \t host-b  \(Self.key)
              client,worker host-c \(Self.other)   # until May
            """, path: "allow")
        #expect(list.entries.count == 2)
        let names = Dictionary(uniqueKeysWithValues: list.entries.map { ("\($0.key)", $0.value) })
        let first = try #require(names[Self.key])
        #expect(first.name == "host-b" && first.roles == [.worker])
        let second = try #require(names[Self.other])
        #expect(second.name == "host-c" && second.roles == [.worker, .client])
    }

    /// `#` is a digit of Z85, and no comment within a key.
    @Test func aKeyMayHaveAnyDigit() throws {
        let key = try #require(Curve.PublicKey(bytes: (0..<32).map { $0 * 7 }))
        var keys = [key]
        while !keys.contains(where: { $0.description.contains("#") }) {
            keys.append(try Curve.KeyPair.generate().publicKey)
        }
        let list = try AllowList(keys.map { "worker w \($0)\r\n" }.joined(), path: "allow")
        #expect(Set(list.entries.keys) == Set(keys))
    }

    @Test func anEmptyListLetsNobodyIn() throws {
        #expect(try AllowList("", path: "allow").entries.isEmpty)
        #expect(try AllowList("# nobody\n", path: "allow").entries.isEmpty)
    }

    @Test(arguments: [
        ("worker host-b", "ROLES NAME KEY"),
        ("worker host-b \(key) \(other)", "ROLES NAME KEY"),
        ("wroker host-b \(key)", "'wroker' is no role"),
        ("worker, host-b \(key)", "'' is no role"),
        ("Worker host-b \(key)", "'Worker' is no role"),
        ("worker host-b \(key.dropLast())", "is no public key"),
        ("worker host-b \(key.dropLast())~", "is no public key"),
        ("client host-b \(other)", "is in line 2 already"),
    ])
    func aBadLineIsNamed(line: String, message: String) throws {
        let text = "# keys\nworker first \(Self.other)\n\(line)\n"
        let error = try #require(throws: AllowList.ParseError.self) { try AllowList(text, path: "/etc/allow") }
        #expect(error.description.hasPrefix("/etc/allow:3: "))
        #expect(error.message.contains(message), "\(error)")
    }
}
