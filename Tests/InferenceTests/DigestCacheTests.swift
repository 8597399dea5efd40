import Checkpoints
import Foundation
import ModelFiles
import Synchronization
import Testing

/// A digest is remembered for files that nobody has touched, and for no others.
@Suite final class DigestCacheTests {
    private struct Unsound: Error {}

    private let root = FileManager.default.temporaryDirectory.path + "/longscan-digests-" + UUID().uuidString
    private let digests = [UInt8(ascii: "a"), UInt8(ascii: "b")].map {
        "sha256:" + String(decoding: [UInt8](repeating: $0, count: 64), as: UTF8.self)
    }
    private var file: String { root + "/model.safetensors" }

    init() throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try write("weights")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    /// - Parameter later: seconds that seem to have passed since the files were written.
    private func cache(later: Double = 10, smallest: Int = 1) -> DigestCache {
        DigestCache(directory: root + "/cache", smallest: smallest) { Date.now.timeIntervalSince1970 + later }
    }

    /// The digest that a cache gives, where reading the files would give the `number`th.
    private func digest(_ cache: DigestCache, reading number: Int) throws -> String {
        try cache.digest(of: [file]) { _ in digests[number] }
    }

    @Test func filesAreReadOnce() throws {
        #expect(try digest(cache(), reading: 0) == digests[0])
        #expect(try digest(cache(), reading: 1) == digests[0])
        #expect(try digest(.none, reading: 1) == digests[1])
    }

    @Test func otherContentsAreReadWhateverTheirTimeOfModification() throws {
        let modified = Date(timeIntervalSince1970: 1_600_000_000)
        try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: file)
        #expect(try digest(cache(), reading: 0) == digests[0])
        let before = try MappedFile(path: file).identity
        // The file system's clock ticks some hundred times a second.
        repeat { try overwrite("Weights") } while try MappedFile(path: file).identity?.changed == before?.changed
        try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: file)
        let after = try MappedFile(path: file).identity
        #expect(after?.inode == before?.inode && after?.size == before?.size && after?.modified == before?.modified)
        #expect(try digest(cache(), reading: 1) == digests[1])
    }

    private func overwrite(_ text: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test func filesOfAMomentAgoAreNotRemembered() throws {
        #expect(try digest(cache(later: 0), reading: 0) == digests[0])
        #expect(try digest(cache(later: 0), reading: 1) == digests[1])
    }

    @Test func filesThatChangeWhileTheyAreReadAreNotRemembered() throws {
        _ = try cache().digest(of: [file]) { _ in
            try self.write("longer weights")
            return digests[0]
        }
        try write("weights")
        #expect(try digest(cache(), reading: 1) == digests[1])
        try write("longer weights")
        #expect(try digest(cache(), reading: 1) == digests[1])
    }

    @Test func unsoundAndSmallModelsAreNotRemembered() throws {
        #expect(throws: Unsound.self) { try self.cache().digest(of: [self.file]) { _ in throw Unsound() } }
        #expect(try digest(cache(smallest: 100), reading: 0) == digests[0])
        #expect(try digest(cache(), reading: 1) == digests[1])
    }

    @Test func whatIsNoDigestIsReadAnew() throws {
        #expect(try digest(cache(), reading: 0) == digests[0])
        let entries = try FileManager.default.contentsOfDirectory(atPath: root + "/cache")
        #expect(entries.count == 1)
        for text in ["", "sha256:", digests[1].dropLast() + "z", digests[1] + "0"] {
            try Data(text.utf8).write(to: URL(filePath: root + "/cache/" + entries[0]))
            #expect(try digest(cache(), reading: 0) == digests[0])
            #expect(try digest(cache(), reading: 1) == digests[0])
        }
    }

    @Test func aFileThatIsNotThereIsAnError() {
        #expect(throws: ModelError.self) { try self.cache().digest(of: [self.root + "/none"]) { _ in self.digests[0] } }
    }
}
