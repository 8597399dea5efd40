import Coordination
import Documents
import FoundationEssentials
import Jobs
import Ledger

/// The changes since a finished job.
struct JobChanges {
    /// The count of changed things of one kind, and the first of their names.
    struct Names {
        private static let shown = 3

        private(set) var count = 0
        private var names: [String] = []

        mutating func add(_ name: String) {
            count += 1
            if names.count < Self.shown { names.append(name) }
        }

        /// - Returns: `nil` if there are none.
        func text(_ what: String) -> String? {
            guard count > 0 else { return nil }
            let list = names.joined(separator: ", ") + (count > names.count ? " …" : "")
            return "\(count) \(count == 1 ? "input" : "inputs") \(what) (\(list))"
        }
    }

    private var new = Names()
    private var changed = Names()
    private var gone = Names()
    private var isReordered = false
    private var model: String?
    private var files: [String] = []

    var isEmpty: Bool { parts.isEmpty }

    private var parts: [String] {
        [
            new.text("new"), changed.text("changed"), gone.text("gone"), isReordered ? "another order of inputs" : nil,
            model,
        ]
        .compactMap(\.self) + files.map { "\($0) is not what the job wrote" }
    }

    var description: String { parts.joined(separator: "; ") }

    init() {}

    /// Compares a finished job with its manifest.
    /// - Throws: `InputError`; `InputProblem` and `DecodingError` if the manifest cannot be read.
    init(since reader: consuming ManifestReader, _ job: Job, _ paths: JobPaths, model digest: String) throws {
        let manifest = reader.manifest
        if manifest.modelDigest != digest { model = "another model (\(manifest.modelDigest) then, \(digest) now)" }
        for (path, file) in Self.files(manifest, paths) where try !file.isIn(path, since: paths.manifest) {
            files.append(path)
        }
        try compareInputs(&reader, job)
    }

    private static func files(_ manifest: Manifest, _ paths: JobPaths) -> [(String, Manifest.File)] {
        [(paths.output, manifest.output), (paths.errors, manifest.errors), (paths.documents, manifest.documents)]
            .compactMap { path, file in file.map { (path, $0) } }
    }

    private mutating func compareInputs(_ reader: inout ManifestReader, _ job: Job) throws {
        let time = reader.manifest.settled
        var cursor = InputFileCursor(job.inputs)
        // The rest of the manifest's list, from the first difference on.
        var rest: [[UInt8]: Manifest.Input]?
        while let file = try cursor.next() {
            let path = Array(try JobLedger.Input(file).path.utf8)
            var known: Manifest.Input?
            if rest == nil {
                known = try reader.next()
                if known.map({ Array($0.path.utf8) }) != path {
                    rest = [:]
                    if let known { rest?[Array(known.path.utf8)] = known }
                    while let later = try reader.next() { rest?[Array(later.path.utf8)] = later }
                }
            }
            if rest != nil { known = rest?.removeValue(forKey: path) }
            guard let known else {
                new.add(file.asGiven)
                continue
            }
            if try !known.known.isUnchanged(in: file, unlessAfter: time) { changed.add(file.asGiven) }
        }
        let isOtherOrder = rest != nil
        for known in rest?.values.sorted(by: { $0.path < $1.path }) ?? [] { gone.add(known.path) }
        while let known = try reader.next() { gone.add(known.path) }
        isReordered = isOtherOrder && new.count == 0 && gone.count == 0
    }
}

extension Manifest {
    /// The time, in nanoseconds since 1970, before which a file's time of modification can be trusted. A file with a
    /// later time may have changed twice within one tick of the file system's clock, before and after it was read (FAT
    /// has ticks of 2 seconds).
    var settled: Int64 {
        let seconds = Int64(exactly: startedAt.timeIntervalSince1970.rounded(.down)) ?? 0
        return (seconds &- 3).multipliedReportingOverflow(by: 1_000_000_000).partialValue
    }
}

extension Manifest.File {
    /// Whether the file is still the one that the job wrote.
    /// - Parameter manifest: the path of the manifest, which was written last. A file that changed later is read and
    ///   compared.
    func isIn(_ path: String, since manifest: String) throws -> Bool {
        guard let state = try FileState(path: path), state.size == bytes else { return false }
        if let latest = try FileState(path: manifest), state.changed < latest.changed { return true }
        do throws(FileError) {
            return try FilePrefix(path: path, length: bytes, digest: nil).digest == sha256
        } catch {
            return false
        }
    }
}
