import Foundation
import JobRuns
import Jobs
import TestSupport
import Testing

@Suite struct RootsTests {
    private let directory: TemporaryDirectory
    private let roots: Roots

    init() throws {
        directory = try TemporaryDirectory()
        let files = FileManager.default
        for name in ["in/books", "out", "secret", "in-not"] {
            try files.createDirectory(atPath: directory.path + "/" + name, withIntermediateDirectories: true)
        }
        try files.createSymbolicLink(
            atPath: directory.path + "/in/leak", withDestinationPath: directory.path + "/secret")
        try files.createSymbolicLink(
            atPath: directory.path + "/in/within", withDestinationPath: directory.path + "/in/books")
        try files.createSymbolicLink(
            atPath: directory.path + "/out/dangling.jsonl", withDestinationPath: directory.path + "/secret/new.jsonl")
        try files.createSymbolicLink(atPath: directory.path + "/alias", withDestinationPath: directory.path + "/in")
        roots = try Roots(inputs: [directory.path + "/alias"], outputs: [directory.path + "/out"])
    }

    private func problem(input: String = "in/a.txt", output: String = "out/a.jsonl", model: String = "in/m") -> String?
    {
        roots.problem(
            of: Job(
                task: .embed(EmbedOptions()), model: directory.path + "/" + model,
                inputs: [directory.input(input)],
                output: directory.path + "/" + output))
    }

    @Test(arguments: [
        "in/a.txt", "in", "in/*.txt", "in/**", "in/missing/deep/a.txt", "in/within/a.txt", "in/within/*", "alias/a.txt",
    ])
    func inputsBelowARootAreRead(input: String) {
        #expect(problem(input: input) == nil)
    }

    /// Whether it is there or not: the text is the same.
    @Test(arguments: [
        "secret/a.txt", "secret", "secret/*", "nothing/there", "in/leak/a.txt", "in/leak/*", "in-not/a.txt", "*",
    ])
    func otherInputsAreNot(input: String) {
        #expect(
            problem(input: input)
                == "input: \(directory.path)/\(input) is outside of what clients of this coordinator may read (--input-root)"
        )
    }

    @Test(arguments: ["secret/a.jsonl", "in/a.jsonl", "out/dangling.jsonl", "out-not/a.jsonl"])
    func rowsAreWrittenBelowARootAlone(output: String) {
        #expect(problem(output: "out/new/folder/a.jsonl") == nil)
        #expect(problem(output: output)?.hasPrefix("output: ") == true)
    }

    /// A job writes beside its output too.
    @Test(arguments: ["a.work", "a.errors.jsonl", "a.documents", "a.manifest.json"])
    func linksBesideAnOutputLeadNowhereElse(name: String) throws {
        #expect(problem() == nil)
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/out/" + name, withDestinationPath: directory.path + "/secret")
        #expect(problem()?.hasPrefix("output: \(directory.path)/out/\(name) is outside") == true)
    }

    @Test func modelsLieWhereInputsDo() {
        #expect(problem(model: "secret/m")?.hasPrefix("model: ") == true)
    }

    @Test func filesThatAPatternTakesAreJudgedOneByOne() {
        #expect(roots.allowsReading(directory.path + "/in/books/a.txt"))
        #expect(!roots.allowsReading(directory.path + "/in/leak/a.txt"))
    }

    @Test func everywhereIsEverywhere() {
        #expect(Roots.everywhere.allowsReading("/etc/passwd"))
    }

    @Test func aRootIsThere() {
        #expect(throws: (any Error).self) { try Roots(inputs: [directory.path + "/nothing"], outputs: nil) }
    }
}
