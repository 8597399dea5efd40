internal import Bytes
public import Jobs

/// Standard input as an input of a job. It is copied to a file first so that the job can be resumed.
///
/// The digest of the content names the file and thus the job, so the same bytes resume the same job. If the job gives
/// no format, the first bytes decide: JSON Lines begin with `{`, everything else is one text.
public struct StandardInput: Sendable {
    /// The path that stands for standard input in a job file. Rows name its lines `-:1`, `-:2` ….
    public static let path = "-"

    /// The input that replaces `-` in the job.
    public private(set) var input: Job.Input
    /// Whether this call made the file. A new file can be removed if the job is rejected.
    public let isNew: Bool

    /// Copies standard input to its end.
    ///
    /// - Parameters:
    ///   - input: the job's input entry for standard input.
    ///   - directory: the directory of the file, created if missing.
    ///   - limits: the limits of the later reading.
    /// - Throws: `FileError`.
    public init(
        _ input: Job.Input, copiedTo directory: String, limits: DocumentReader.Limits = .init()
    ) throws(FileError) {
        try createDirectories(directory)
        let copy = directory + "/standard-input.new"
        let packing = try Self.copy(to: copy)
        let file = InputFile(asGiven: Self.path, path: copy, kind: .text)
        let kind = input.format ?? Self.kind(of: file, limits)
        let digest = try file.sha256().prefix(16)
        let name = "/standard-input-" + digest + (kind == .jsonl ? ".jsonl" : ".txt") + (packing?.rawValue ?? "")
        isNew = (try? FileStatus(path: directory + name)) == nil
        try renameFile(copy, to: directory + name)
        try synchronizeDirectory(directory)
        self.input = input
        self.input.path = directory + name
    }

    /// The copy of an earlier start; `nil` if there is none.
    public static func copied(_ input: Job.Input, in directory: String) -> Job.Input? {
        let copies = ((try? directoryEntries(directory)) ?? []).filter { $0.name.hasPrefix("standard-input-") }
        guard copies.count == 1 else { return nil }
        var input = input
        input.path = directory + "/" + copies[0].name
        return input
    }

    /// Removes the copy, and its directory if it is empty.
    public func discard() {
        try? removeFile(input.path)
        removeDirectoryIfEmpty(parentDirectory(of: input.path))
    }

    /// - Returns: the compression of the bytes.
    private static func copy(to path: String) throws(FileError) -> Packing? {
        let source = FileDescriptor.standardInput()
        let target = try FileDescriptor.replacing(path)
        var piece: [UInt8] = []
        var (length, start) = (0, [UInt8]())
        while try source.read(atMost: 1 << 20, appendingTo: &piece) > 0 {
            try target.writeAll(piece, at: length)
            length += piece.count
            if start.count < Packing.telling { start += piece.prefix(Packing.telling) }
            piece.removeAll(keepingCapacity: true)
        }
        try target.synchronize()
        return Packing(firstBytes: start)
    }

    /// The format that the first letter shows. A file that cannot be read so far becomes an error row.
    private static func kind(of file: InputFile, _ limits: DocumentReader.Limits) -> InputFormat {
        do throws(ReadingFailure) {
            var source = try ByteSource.opening(file, limits: limits)
            var start: [UInt8] = []
            while try source.read(atMost: 4096, appendingTo: &start) > 0 {
                if start.starts(with: UTF8.byteOrderMark) { start.removeFirst(3) }
                let first = start.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
                if let first { return first == UInt8(ascii: "{") ? .jsonl : .text }
                start = []
            }
        } catch {
            return .text
        }
        // White space alone is no document, rather than an empty one.
        return .jsonl
    }
}
