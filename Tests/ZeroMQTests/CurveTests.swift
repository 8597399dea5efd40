import Testing
import ZeroMQ

@Suite struct CurveTests {
    @Test func thisLibraryHasCurve() {
        #expect(Curve.isAvailable)
    }

    @Test func keysAreReadAsTheyAreWritten() throws {
        let pair = try Curve.KeyPair.generate()
        #expect(pair.publicKey.description.utf8.count == 40)
        #expect(Curve.PublicKey(pair.publicKey.description) == pair.publicKey)
        let secret = try #require(Curve.SecretKey(pair.secretKey.z85))
        #expect(secret.z85 == pair.secretKey.z85)
        #expect(try Curve.KeyPair(secretKey: secret).publicKey == pair.publicKey)
        #expect(try Curve.KeyPair.generate().publicKey != pair.publicKey)
    }

    @Test func knownKeysOfTheManualPageAgree() throws {
        // zmq_curve(7), "Test key values".
        let secret = try #require(Curve.SecretKey("D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"))
        let pair = try Curve.KeyPair(secretKey: secret)
        #expect(pair.publicKey.description == "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")
    }

    @Test(arguments: ["", "short", String(repeating: "é", count: 20), "\"" + String(repeating: "0", count: 39)])
    func textThatIsNoKeyGivesNil(_ text: String) {
        #expect(Curve.PublicKey(text) == nil)
        #expect(Curve.SecretKey(text) == nil)
    }

    @Test func aSecretKeyIsNotPrinted() throws {
        let pair = try Curve.KeyPair.generate()
        var dumped = ""
        dump(pair, to: &dumped)
        for text in ["\(pair)", "\(pair.secretKey)", String(reflecting: pair), dumped] {
            #expect(text.contains("(secret key)"))
            #expect(!text.contains(pair.secretKey.z85))
            #expect(!text.contains("UInt8"))
        }
    }

    @Test func keysHave32Bytes() {
        #expect(Curve.PublicKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(Curve.PublicKey(bytes: [UInt8](repeating: 1, count: 32)) != nil)
    }
}
