internal import Bytes
public import Jobs

/// Standard input as an input of a job: copied to a file first, so that the job can be taken up again.
///
/// The file is named after what it holds, and so is the job: the same bytes piped in again go on with the same job.
/// Where the job does not say how documents lie in it, their first bytes do: JSON Lines begin with `{`, all else is one
/// text.
public struct StandardInput: Sendable {
    /// The path that stands for standard input in a job file; rows name its lines `-:1`, `-:2` ….
    public static let path = "-"

    /// In the job's stead of `-`.
    public private(set) var input: Job.Input
    /// Whether the file was made now: it is of no use if the job is not taken.
    public let isNew: Bool

    /// Copies what standard input holds, to its end.
    ///
    /// - Parameters:
    ///   - input: what the job says of standard input.
    ///   - directory: of the file; made if it is not there.
    ///   - limits: under which it will be read.
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

    /// The copy that an earlier start made, if there is one.
    public static func copied(_ input: Job.Input, in directory: String) -> Job.Input? {
        let copies = ((try? directoryEntries(directory)) ?? []).filter { $0.name.hasPrefix("standard-input-") }
        guard copies.count == 1 else { return nil }
        var input = input
        input.path = directory + "/" + copies[0].name
        return input
    }

    /// Removes the copy and, if nothing else is in it, its directory.
    public func discard() {
        try? removeFile(input.path)
        removeDirectoryIfEmpty(parentDirectory(of: input.path))
    }

    /// - Returns: the packing that the bytes show.
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

    /// What cannot be read to its first letter becomes an error row.
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
        // Nothing but white space is no document, rather than an empty one.
        return .jsonl
    }
}
