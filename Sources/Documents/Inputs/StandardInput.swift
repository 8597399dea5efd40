public import Jobs

/// Standard input as an input of a job: copied to a file first, so that the job can be taken up again.
///
/// The file is named after what it holds, and so is the job: the same bytes piped in again go on with the same job.
/// Whether they are packed (gzip, Zstandard) and whether they are JSON Lines or one text shows in their first bytes: JSON
/// Lines begin with `{`.
public struct StandardInput: Sendable {
    /// The path that stands for standard input in a job file; rows name its lines `-:1`, `-:2` ….
    public static let path = "-"

    /// In the job's stead of `-`.
    public let input: Job.Input
    /// Whether the file was made now: it is of no use if the job is not taken.
    public let isNew: Bool

    /// Copies what standard input holds, to its end.
    ///
    /// - Parameter directory: of the file; made if it is not there.
    /// - Throws: `FileError`; `InputProblem` where packed bytes are damaged at their beginning.
    public init(copiedTo directory: String) throws {
        try createDirectories(directory)
        let copy = directory + "/standard-input.new"
        let packing = try Self.copy(to: copy)
        // What is packed shows its kind only unpacked, and is read as packed by its name.
        let packed = copy + packing
        try renameFile(copy, to: packed)
        let file = InputFile(asGiven: Self.path, path: packed, kind: .text)
        let kind = try Self.kind(of: file)
        let digest = try file.sha256().prefix(16)
        let path = directory + "/standard-input-" + digest + (kind == .jsonLines ? ".jsonl" : ".txt") + packing
        isNew = (try? FileStatus(path: path)) == nil
        try renameFile(packed, to: path)
        try synchronizeDirectory(directory)
        input = Job.Input(asGiven: Self.path, path: path)
    }

    /// The copy that an earlier start made, if there is one.
    public static func copied(in directory: String) -> Job.Input? {
        let names = (try? directoryEntries(directory)) ?? []
        let copies = names.compactMap(\.self).filter { $0.hasPrefix("standard-input-") }
        return copies.count == 1 ? Job.Input(asGiven: path, path: directory + "/" + copies[0]) : nil
    }

    /// Removes the copy and, if nothing else is in it, its directory.
    public func discard() {
        try? removeFile(input.path)
        removeDirectoryIfEmpty(parentDirectory(of: input.path))
    }

    /// - Returns: the extension of the packing that the bytes show.
    private static func copy(to path: String) throws(FileError) -> String {
        let source = FileDescriptor.standardInput()
        let target = try FileDescriptor.replacing(path)
        var piece: [UInt8] = []
        var (length, start) = (0, [UInt8]())
        while try source.read(atMost: 1 << 20, appendingTo: &piece) > 0 {
            try target.writeAll(piece, at: length)
            length += piece.count
            if start.count < 4 { start += piece.prefix(4) }
            piece.removeAll(keepingCapacity: true)
        }
        try target.synchronize()
        // RFC 1952, section 2.3.1; RFC 8878, section 3.1.1.
        if start.starts(with: [0x1F, 0x8B]) { return ".gz" }
        return start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) ? ".zst" : ""
    }

    private static func kind(of file: InputFile) throws(InputProblem) -> InputFile.Kind {
        var source = try ByteSource.opening(file)
        var start: [UInt8] = []
        while try source.read(atMost: 4096, appendingTo: &start) > 0 {
            if start.starts(with: [0xEF, 0xBB, 0xBF]) { start.removeFirst(3) }
            let first = start.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            if let first { return first == UInt8(ascii: "{") ? .jsonLines : .text }
            start = []
        }
        // Nothing but white space is no document, rather than an empty one.
        return .jsonLines
    }
}
