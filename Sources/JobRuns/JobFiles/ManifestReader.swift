import Documents
import FoundationEssentials
import Ledger

/// A reader of a manifest that returns its inputs one by one: there may be millions.
struct ManifestReader: ~Copyable {
    private struct WithInputs: Decodable {
        var inputs: [Manifest.Input]
    }

    let manifest: Manifest
    private var lines: FileLines
    /// The inputs of a manifest that somebody has reformatted, in reverse order.
    private var held: [Manifest.Input]?
    private var isAtEnd = false

    private init(_ manifest: Manifest, _ lines: consuming FileLines, held: [Manifest.Input]?, isAtEnd: Bool) {
        self.manifest = manifest
        self.lines = lines
        self.held = held
        self.isAtEnd = isAtEnd
    }

    /// Reads a manifest without its inputs.
    /// - Returns: `nil` if there is no manifest of longscan at the path.
    /// - Throws: `FileError`; `InputProblem` if the file cannot be read.
    static func opening(_ path: String) throws -> ManifestReader? {
        guard try FileState(path: path) != nil else { return nil }
        var lines = try FileLines(path: path)
        var head: [UInt8] = []
        var hasList = false
        while !hasList, let line = try lines.next() {
            head += line + [UInt8(ascii: "\n")]
            hasList = line == Array(Manifest.startOfInputs.utf8)
        }
        if hasList { head += Array("]}".utf8) }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let manifest = try? decoder.decode(Manifest.self, from: Data(head)) else { return nil }
        let held = hasList ? nil : try? decoder.decode(WithInputs.self, from: Data(head)).inputs
        return ManifestReader(manifest, lines, held: held.map { $0.reversed() }, isAtEnd: !hasList && held == nil)
    }

    /// - Throws: `InputProblem` if the file cannot be read; `DecodingError` for a bad element.
    mutating func next() throws -> Manifest.Input? {
        if held != nil { return held?.popLast() }
        guard !isAtEnd, let line = try lines.next() else { return nil }
        let element = line.drop { $0 == UInt8(ascii: " ") }
        guard element.first == UInt8(ascii: "{") else {
            isAtEnd = true
            return nil
        }
        let isFollowed = element.last == UInt8(ascii: ",")
        return try JSONDecoder().decode(Manifest.Input.self, from: Data(isFollowed ? element.dropLast() : element))
    }
}

extension Manifest.Input {
    /// The input in the form of the ledger.
    var known: JobLedger.Input {
        JobLedger.Input(
            path: path, size: bytes, modified: mtime.flatMap(DecimalTime.nanoseconds) ?? .min,
            changed: ctime.flatMap(DecimalTime.nanoseconds), sha256: sha256)
    }
}
