import JobFile
import Testing

@Suite struct SpellingTests {
    private static let words = ["run", "coordinator", "worker", "submit", "status", "max_tokens", "n"]

    @Test(arguments: [
        ("statsu", "status"), ("stats", "status"), ("wroker", "worker"), ("Submit", "submit"), ("coord", "coordinator"),
        ("max-tokens", "max_tokens"), ("maxTokens", "max_tokens"), ("ru", "run"), ("urn", "run"), ("works", "worker"),
        ("statuses", "status"),
        ("submit-job", "submit"),
    ])
    func theNearestWordIsMeant(written: String, meant: String) {
        #expect(Spelling.nearest(to: written, among: Self.words) == meant)
    }

    @Test(arguments: ["", "cancel", "x", "help", "temperature", "running"])
    func whatIsFarIsNoWord(written: String) {
        #expect(Spelling.nearest(to: written, among: Self.words) == nil)
    }

    @Test func noWordIsNearToNothing() {
        #expect(Spelling.nearest(to: "run", among: []) == nil)
    }
}
