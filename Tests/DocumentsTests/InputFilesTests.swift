import Documents
import Foundation
import Jobs
import Synchronization
import TestSupport
import Testing

@Suite struct InputFilesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func listed(_ inputs: String...) throws -> [String] {
        try files(inputs.map(directory.input)).map(\.asGiven)
    }

    private func files(_ inputs: [Job.Input]) throws -> [InputFile] {
        let all = try InputFiles(inputs)
        var cursor = all.cursor()
        var files: [InputFile] = []
        while let file = try cursor.next() { files.append(file) }
        #expect(all.fileCount == files.count)
        #expect(all.byteCount == files.reduce(0) { $0 + ($1.size ?? 0) })
        return files
    }

    private func write(_ names: String...) throws {
        for name in names { try directory.write("text", to: name) }
    }

    private func errorText(_ inputs: String...) throws -> String {
        let error = try #require(throws: InputError.self) { _ = try InputFiles(inputs.map(directory.input)) }
        return error.description.replacing(directory.path, with: "DIR")
    }

    @Test func namedFilesKeepTheOrderOfTheJob() throws {
        try write("b.txt", "a.md", "c.jsonl")
        #expect(try listed("b.txt", "c.jsonl", "a.md", "b.txt") == ["b.txt", "c.jsonl", "a.md", "b.txt"])
    }

    @Test func matchesAreSortedByTheBytesOfTheirPaths() throws {
        try write("d/a.txt", "d/B.txt", "d/b.txt", "d/é.txt", "d/e\u{301}.txt", "d/z.txt", "d/a-b.txt")
        #expect(
            try listed("d/*.txt").map { Array($0.utf8) }
                == ["d/B.txt", "d/a-b.txt", "d/a.txt", "d/b.txt", "d/e\u{301}.txt", "d/z.txt", "d/é.txt"].map {
                    Array($0.utf8)
                })
    }

    /// `/` sorts between `.` and `0`: whole paths are compared, not names.
    @Test func wholePathsAreSorted() throws {
        try write("d/a/x.txt", "d/a.txt", "d/a0.txt", "d/a-/y.txt", "d/a/b/c.txt")
        #expect(try listed("d") == ["d/a-/y.txt", "d/a.txt", "d/a/b/c.txt", "d/a/x.txt", "d/a0.txt"])
        #expect(try listed("d/**") == ["d/a-/y.txt", "d/a.txt", "d/a/b/c.txt", "d/a/x.txt", "d/a0.txt"])
    }

    @Test(arguments: [
        ("d/?.txt", ["d/a.txt", "d/b.txt", "d/é.txt"]),
        ("d/[ab].txt", ["d/a.txt", "d/b.txt"]),
        ("d/[!ab]*.txt", ["d/c1.txt", "d/é.txt"]),
        ("d/[^a-b]*.txt", ["d/c1.txt", "d/é.txt"]),
        ("d/[a-c]?.txt", ["d/c1.txt"]),
        ("d/c[0-9].*", ["d/c1.md", "d/c1.txt"]),
        ("d/*/a.txt", ["d/x/a.txt"]),
        ("*/*/a.txt", ["d/x/a.txt"]),
        ("**/a.txt", ["d/a.txt", "d/x/a.txt", "d/x/y/a.txt"]),
        ("d/**/a.txt", ["d/a.txt", "d/x/a.txt", "d/x/y/a.txt"]),
        ("d/**/y/*", ["d/x/y/a.txt"]),
        ("d/**/**/y/**", ["d/x/y/a.txt"]),
        ("d/.*", ["d/.hidden.txt"]),
        ("d/./x//*.txt", ["d/./x/a.txt"]),
        ("d/*1.txt*", ["d/c1.txt"]),
        ("*/x/y/*", ["d/x/y/a.txt"]),
    ])
    func patterns(pattern: String, expected: [String]) throws {
        try write(
            "d/a.txt", "d/b.txt", "d/é.txt", "d/c1.txt", "d/c1.md", "d/x/a.txt", "d/x/y/a.txt", "d/.hidden.txt",
            "d/.git/a.txt")
        #expect(try listed(pattern) == expected)
    }

    @Test func aDirectoryStandsForItsReadableFiles() throws {
        try write("d/a.txt", "d/b.JSONL", "d/notes.pdf", "d/README", "d/x/c.md", "d/.cache/d.txt", "d/.e.txt")
        try write("d/t.csv")
        #expect(
            try InputFiles([directory.input("d")]).passedOver.description
                == "3 files passed over (.csv, .pdf, no extension)")
        #expect(try listed("d") == ["d/a.txt", "d/b.JSONL", "d/x/c.md"])
        #expect(try listed("d/") == ["d/a.txt", "d/b.JSONL", "d/x/c.md"])
    }

    @Test func linksToDirectoriesAreFollowedByNameButNotByTwoStars() throws {
        try write("d/x/a.txt")
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/d/x/up", withDestinationPath: directory.path + "/d")
        #expect(try listed("d/**/*.txt") == ["d/x/a.txt"])
        #expect(try listed("d/*/up/*/a.txt") == ["d/x/up/x/a.txt"])
    }

    @Test func aPatternThatExistsAsAFileIsThatFile() throws {
        try write("[draft] a*.txt", "d.txt")
        #expect(try listed("[draft] a*.txt") == ["[draft] a*.txt"])
    }

    /// The directory of the job file is no pattern, whatever its name.
    @Test func onlyThePathAsGivenIsAPattern() throws {
        try write("run[1]*/d/a.txt", "run1/d/b.txt")
        let input = Job.Input(asGiven: "d/*.txt", path: directory.path + "/run[1]*/d/*.txt")
        #expect(try files([input]).map(\.path) == [directory.path + "/run[1]*/d/a.txt"])
        let above = Job.Input(asGiven: "../d/*.txt", path: directory.path + "/run1/d/*.txt")
        #expect(try files([above]).map(\.asGiven) == ["../d/b.txt"])
        let absolute = Job.Input(asGiven: directory.path + "/run1/*/b.txt", path: directory.path + "/run1/*/b.txt")
        #expect(try files([absolute]).map(\.asGiven) == [directory.path + "/run1/d/b.txt"])
    }

    @Test func filesKnowSizeKindAndTime() throws {
        try directory.write("12345", to: "a.txt")
        try directory.write("", to: "b.jsonl")
        let files = try files([directory.input("a.txt"), directory.input("b.jsonl")])
        #expect(files.map(\.size) == [5, 0])
        #expect(files.map(\.kind) == [.text, .jsonl])
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        for file in files { #expect(abs(try #require(file.modified) - now) < 600_000_000_000) }
    }

    /// It becomes an error row when it is opened.
    @Test func aLinkThatLeadsNowhereIsListed() throws {
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/gone.txt", withDestinationPath: directory.path + "/nowhere")
        #expect(try files([directory.input("*.txt")]).map(\.size) == [nil])
    }

    @Test func errorsNameTheInput() throws {
        try write("d/a.pdf", "e/b.txt", "e/c.pdf")
        #expect(try errorText("e/b.txt", "no.txt") == "input no.txt: DIR/no.txt does not exist")
        #expect(try errorText("e/b.txt/x.txt") == "input e/b.txt/x.txt: DIR/e/b.txt/x.txt does not exist")
        #expect(try errorText("e/*.md") == "input e/*.md: no file matches DIR/e/*.md")
        #expect(try errorText("no/*.md") == "input no/*.md: no file matches DIR/no/*.md")
        #expect(try errorText("e/b.txt/*.md") == "input e/b.txt/*.md: no file matches DIR/e/b.txt/*.md")
        let formats = "or another of text, lines, jsonl, json, csv, fasta"
        #expect(
            try errorText("d") == "input d: no .txt, .md, .text, .log, .jsonl or .ndjson file below DIR/d; 1 file "
                + "passed over (.pdf): to read them, say 'input: {path: d, format: text}', \(formats)")
        #expect(
            try errorText("e/c.pdf") == "input e/c.pdf: the name of DIR/e/c.pdf does not say how documents lie in it: "
                + "say 'input: {path: e/c.pdf, format: text}', \(formats)")
        #expect(
            try errorText("e/*.pdf") == "input e/*.pdf: no file matches DIR/e/*.pdf; 1 file passed over (.pdf): to "
                + "read them, say 'input: {path: e/*.pdf, format: text}', \(formats)")
        let stray = try #require(throws: InputError.self) {
            _ = try InputFiles([Job.Input(asGiven: "d/*.txt", path: directory.path + "/e/b*")])
        }
        #expect(stray.description == "input d/*.txt: its path \(directory.path)/e/b* does not end with the pattern")
        let long = String(repeating: "x", count: 300) + ".txt"
        #expect(try errorText(long) == "input \(long): cannot examine DIR/\(long): File name too long")
    }

    @Test func aWalkHasBounds() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<20 { try directory.write("x", to: "in/\(number)/\(number).txt") }
        let input = Job.Input(asGiven: "in", path: directory.path + "/in")
        func walk(_ bounds: WalkBounds) throws(InputError) -> Int {
            var cursor = InputFileCursor([input], bounds: bounds)
            var count = 0
            while try cursor.next() != nil { count += 1 }
            return count
        }
        // Twenty directories, and a file in each.
        #expect(try walk(WalkBounds(names: 40)) == 20)
        for bounds in [WalkBounds(names: 39), WalkBounds(time: .nanoseconds(-1))] {
            #expect(throws: InputError.tooManyNames(asGiven: "in", bounds)) { try walk(bounds) }
        }
    }

    /// A clock that stands still unless it is told to go on.
    private final class Clock: Sendable {
        private let start = ContinuousClock.now
        private let time = Mutex(Duration.zero)

        var now: ContinuousClock.Instant { start.advanced(by: time.withLock { $0 }) }

        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    @Test func aWalkIsNotHeldToTheTimeOfWhoeverReadsItsFiles() throws {
        try write("d/1/a.txt", "d/2/b.txt", "d/3/c.txt")
        let (clock, bounds) = (Clock(), WalkBounds())
        var cursor = InputFileCursor([directory.input("d")], bounds: bounds) { clock.now }
        var count = 0
        while try cursor.next() != nil {
            count += 1
            clock.advance(by: bounds.time * 2)
        }
        #expect(count == 3)
    }

    @Test func timeIsBoundedWithinOneDirectoryToo() throws {
        let names = 1000
        for number in 0..<names { try directory.write("", to: "d/\(number).txt") }
        let (clock, bounds) = (Clock(), WalkBounds())
        let examined = Mutex(0)
        let slowDisk = InjectedFailure { _, _ in
            examined.withLock { $0 += 1 }
            clock.advance(by: bounds.time / 100)
            return nil
        }
        var cursor = InputFileCursor([directory.input("d")], bounds: bounds, failure: slowDisk) { clock.now }
        #expect(throws: InputError.tooManyNames(asGiven: "d", bounds)) { try cursor.next() }
        #expect((100..<names).contains(examined.withLock { $0 }))
    }

    @Test func aDirectoryThatIsListedOnceMoreIsCountedOnce() throws {
        try write("d/e/a.txt", "d/e/b.txt", "d/e/c.txt")
        let isGood = Mutex(false)
        let failure = InjectedFailure { _, path in
            guard path.hasSuffix("b.txt") else { return nil }
            return isGood.withLock { isGood in
                defer { isGood = true }
                return isGood ? nil : EIO
            }
        }
        var cursor = InputFileCursor([directory.input("d")], bounds: WalkBounds(names: 4), failure: failure)
        let error = #expect(throws: InputError.self) { try cursor.next() }
        #expect(error?.isOfEnvironment == true)
        var count = 0
        while try cursor.next() != nil { count += 1 }
        #expect(count == 3)
    }

    @Test func namesOfOneDirectoryAreBounded() throws {
        try write("d/a.txt", "d/b.txt", "d/c.pdf")
        for (names, isEnough) in [(3, true), (2, false), (0, false)] {
            var cursor = InputFileCursor([directory.input("d")], bounds: WalkBounds(names: names))
            #expect(((try? cursor.next()) != nil) == isEnough)
        }
    }
}
