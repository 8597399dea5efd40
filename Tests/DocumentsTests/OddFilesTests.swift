import Documents
import Foundation
import Jobs
import TestSupport
import Testing

/// What lies in real directories beside documents.
@Suite struct OddFilesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Each is a row, an error row, or counted; none of them stops the others.
    @Test func aDirectoryOfOddThings() throws {
        try directory.shell(
            #"""
            mkdir -p in/.hidden in/empty in/lost+found in/sub in/folder.txt && cd in
            printf plain > a.txt; printf log > b.log; printf note > .note.txt; printf hidden > .hidden/h.txt
            printf '{"text":"line"}\n' > c.ndjson; printf inner > sub/d.text; printf inner > folder.txt/e.md
            printf x > f.png; printf x > README; printf '{}' > meta.json; printf 'a,b\n' > t.csv
            mkfifo pipe.txt; ln -s /dev/null null.txt; ln -s nowhere dangling.txt; ln -s nowhere dangling.png
            ln -s loop.txt loop.txt; ln -s .. sub/up; ln -s ../a.txt sub/z.txt
            perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un("s.txt")) or die'
            printf x > "$(printf 'caf\351.txt')"; printf x > "$(printf 'b\\c\377.png')"; mkdir "$(printf 'd\300r')"
            printf 'new\nline' > "$(printf 'two\nlines.txt')"; touch -d 2300-01-01 future.txt; touch -d 1950-01-01 past.txt
            truncate -s 7E huge.txt 2> /dev/null || printf '\0' > huge.txt
            """#)
        let documents = try directory.documents("in")
        let found = documents.map { "\($0.header.id): \($0.problem?.code.rawValue ?? $0.text)" }
        #expect(
            found == [
                "in/a.txt: plain", "in/b.log: log", "in/c.ndjson:1: line", "in/caf\\xE9.txt: unreadable",
                "in/d\\xC0r: unreadable", "in/dangling.txt: unreadable", "in/folder.txt/e.md: inner", "in/future.txt: ",
                "in/huge.txt: nul_byte", "in/loop.txt: unreadable", "in/past.txt: ", "in/sub/d.text: inner",
                "in/sub/z.txt: plain", "in/two\nlines.txt: new\nline",
            ])
        let problem = documents.first { $0.header.id == "in/caf\\xE9.txt" }?.problem
        #expect(problem?.message == "its name is not UTF-8: rename it")
        let passedOver = try InputFiles([directory.input("in")]).passedOver
        #expect(
            passedOver.description
                == "9 files passed over (.csv, .json, .png, device, no extension, pipe, socket)")
    }

    @Test func whatIsNoFileIsAnErrorRowWhereItIsNamed() throws {
        try directory.shell(
            """
            perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un("s.txt")) or die'
            ln -s /dev/zero zero.txt; printf last > last.txt
            """)
        try directory.pour(Array("{\"text\":\"one\"}\n{\"text\":\"two\"}".utf8), into: "pipe.jsonl")
        let documents = try directory.documents("s.txt", "zero.txt", "pipe.jsonl", "last.txt")
        #expect(
            documents.map { $0.problem?.message ?? $0.text } == [
                "it is a socket, not a file", "it is a device, not a file", "one", "two", "last",
            ])
    }

    @Test func sizesOfMoreThanThereIsAreCounted() throws {
        try directory.shell("touch a.txt b.txt; truncate -s 7E a.txt && truncate -s 7E b.txt || true")
        let files = try InputFiles([directory.input("a.txt"), directory.input("b.txt")])
        var cursor = files.cursor()
        // Not every file system has files of this size.
        guard let size = try cursor.next()?.size, size > 1 << 60 else { return }
        #expect(files.byteCount == .max)
        var reader = DocumentReader(files)
        #expect(try reader.documents().map(\.problem?.code) == [.nulByte, .nulByte])
        #expect(reader.bytesRead == .max)
    }

    /// A line of zeros that nobody can read to its end.
    @Test func holesArePassedOver() throws {
        try directory.shell("touch a.jsonl; truncate -s 7E a.jsonl || truncate -s 15T a.jsonl || true")
        var limits = DocumentReader.Limits()
        limits.lineBytes = 1 << 20
        // Not every file system has files of this size.
        guard try InputFiles([directory.input("a.jsonl")]).byteCount > 1 << 40 else { return }
        #expect(try directory.documents("a.jsonl", limits: limits).map(\.problem?.code) == [.lineTooLong])
        try directory.shell("truncate -s 8G b.jsonl; printf '\\n{\"text\":\"end\"}' >> b.jsonl")
        let documents = try directory.documents("b.jsonl", limits: limits)
        #expect(documents.map { $0.problem?.code.rawValue ?? $0.text } == ["line_too_long", "end"])
    }

    /// 2^63 nanoseconds end in 2262, and what is later is the same to us.
    @Test func timesOfAllCenturiesAreTold() throws {
        try directory.shell("touch -d 2300-01-01 a.txt; touch -d 2300-01-02 b.txt; touch -d 1901-12-14 c.txt")
        let inputs = ["a.txt", "b.txt", "c.txt"].map(directory.input)
        var cursor = try InputFiles(inputs).cursor()
        var times: Set<Int64> = []
        while let file = try cursor.next() { times.insert(try #require(file.modified)) }
        #expect(times.count == 2)
    }

    @Test func filesThatTheInputAsksForAreTaken() throws {
        try directory.write("text\n1\n", to: "d/a.csv")
        try directory.write("[{\"text\":\"2\"}]", to: "d/b.json")
        try directory.write("3", to: "d/c.dat")
        #expect(throws: InputError.self) { try directory.documents("d") }
        #expect(try directory.documents("d/*.csv").map(\.text) == ["1"])
        #expect(try directory.documents("d/*.json").map(\.text) == ["2"])
        #expect(try directory.documents("d/b.json", "d/a.csv").map(\.text) == ["2", "1"])
        let everything = Job.Input(asGiven: "d", path: directory.path + "/d", format: .text)
        var reader = DocumentReader(try InputFiles([everything]))
        #expect(try reader.documents().map(\.text) == ["text\n1\n", "[{\"text\":\"2\"}]", "3"])
        #expect(try everything.takes(directory.path + "/d/new.bin"))
        #expect(try !directory.input("d").takes(directory.path + "/d/new.json"))
    }
}
