import Coordination
import TestSupport

/// Files of snapshots, as a disk has them: what is written is read back, but a power loss leaves only what was
/// synchronised.
struct PretendDisk {
    struct Name: Hashable {
        var document: DocumentKey
        var steps: Int
    }

    private struct File {
        var bytes: [UInt8]
        var isSynchronized = false
    }

    private var files: [Name: File] = [:]

    subscript(_ document: DocumentKey, _ point: ResumePoint) -> [UInt8]? {
        files[Name(document: document, steps: point.steps)]?.bytes
    }

    mutating func write(_ bytes: [UInt8], _ document: DocumentKey, _ point: ResumePoint) {
        files[Name(document: document, steps: point.steps)] = File(bytes: bytes)
    }

    mutating func synchronize(_ document: DocumentKey, _ point: ResumePoint) {
        files[Name(document: document, steps: point.steps)]?.isSynchronized = true
    }

    mutating func losePower() {
        files = files.filter { $0.value.isSynchronized }
    }

    /// Changes one bit of a file.
    /// - Returns: of which document; `nil`: there are no files.
    mutating func damageOne(_ random: inout SplitMix64) -> DocumentKey? {
        let names = files.keys.sorted { ($0.document, $0.steps) < ($1.document, $1.steps) }
        guard let name = names.randomElement(using: &random) else { return nil }
        files[name]?.bytes[Int.random(in: 0..<64, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return name.document
    }
}
