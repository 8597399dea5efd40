import Documents
import Foundation
import Jobs
import Synchronization
import TestSupport
import Testing

/// What a machine lacks is no fault of a document.
@Suite struct EnvironmentTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Fails every third call on files: between two of them there is time to open a file again and read of it.
    private static func everyThird(_ code: Int32) -> InjectedFailure {
        let calls = Counter()
        return InjectedFailure { _, _ in calls.next() % 3 == 1 ? code : nil }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private func limits(_ failure: InjectedFailure?) -> DocumentReader.Limits {
        var limits = DocumentReader.Limits(pieceBytes: 7, pieceTokens: 3)
        limits.failure = failure
        return limits
    }

    @Test(arguments: [EMFILE, ENFILE, ENOMEM, EIO, EINTR, ESTALE, ETIMEDOUT, ENOTCONN])
    func nothingIsLostByIt(code: Int32) throws {
        try directory.write("\u{FEFF}a text of more than a piece", to: "in/a.txt")
        try directory.write("{\"text\":\"first\"}\n{]\n\n{\"tokens\":[1,2,3,4]}\n", to: "in/b.jsonl")
        try directory.write("text,id\n\"x\ny\",1\n", to: "c.csv")
        try directory.write("[{\"text\":\"q\"},\n{\"text\":\"r\"}]", to: "d.json")
        try directory.shell("gzip -k in/a.txt")
        let inputs = ["in", "c.csv", "d.json"].map(directory.input)
        var undisturbed = DocumentReader(try InputFiles(inputs), limits: limits(nil))
        let expected = try undisturbed.documents()
        #expect(expected.count == 8)
        var reader = DocumentReader(try InputFiles(inputs), limits: limits(Self.everyThird(code)))
        var failures = 0
        var events: [DocumentEvent] = []
        while true {
            do {
                guard let event = try reader.next() else { break }
                events.append(event)
            } catch {
                try #require((error as? InputError)?.isOfEnvironment == true)
                failures += 1
            }
        }
        var again = DocumentReader(try InputFiles(inputs), limits: limits(nil))
        var expectedEvents: [DocumentEvent] = []
        while let event = try again.next() { expectedEvents.append(event) }
        #expect(events == expectedEvents)
        #expect(failures > 5)
    }

    @Test(arguments: [ENOENT, EACCES, EPERM, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR])
    func whatIsOfTheFileIsAnErrorRow(code: Int32) throws {
        try directory.write("a", to: "a.txt")
        try directory.write("b", to: "b.txt")
        let failure = InjectedFailure { _, path in path.hasSuffix("a.txt") ? code : nil }
        let documents = try directory.documents("a.txt", "b.txt", limits: limits(failure))
        #expect(documents.map(\.problem?.code) == [.unreadable, nil])
    }
}
