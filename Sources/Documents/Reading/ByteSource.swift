/// The bytes of an input file from front to back, decompressed if the file is compressed.
struct ByteSource: ~Copyable, Sendable {
    private static let compressedReadBytes = 64 << 10

    /// Bytes taken from the file as it lies on disk.
    private(set) var bytesRead: Int
    private let file: FileDescriptor
    /// Of the file when it was opened; `nil` for what is not a regular file.
    private let status: FileStatus?
    /// What was read so far, if that was from the file's start.
    private var prefix: FilePrefix?
    private var isAtEnd = false
    private let compression: InputFile.Compression?
    private var gzip: GzipData?
    private var zstd: ZstdData?
    /// Read from a compressed file and not decoded yet.
    private var compressed: ArraySlice<UInt8> = []
    /// Whether what was decoded so far is whole.
    private var mayEnd = false
    /// Whether the decoder may hold back bytes for which there was no room.
    private var isOutputPending = false

    private init(
        _ descriptor: consuming FileDescriptor, _ status: FileStatus?, _ compression: InputFile.Compression?,
        at offset: Int
    ) {
        file = descriptor
        self.status = status
        prefix = offset == 0 ? FilePrefix() : nil
        self.compression = compression
        bytesRead = offset
        gzip = compression == .gzip ? GzipData() : nil
        zstd = compression == .zstd ? ZstdData() : nil
    }

    /// Opens a file at an offset in its decompressed bytes.
    static func opening(_ file: InputFile, at offset: Int = 0) throws(InputProblem) -> ByteSource {
        let start = file.compression == nil ? offset : 0
        let descriptor = try open(file, at: start)
        let status = try status(of: descriptor, file)
        var source = ByteSource(descriptor, status, file.compression, at: start)
        try source.passOver(offset - start)
        return source
    }

    /// SHA-256 of all bytes of the file as they lie on disk, in hexadecimal, after the rest was read; `nil` for a file
    /// that cannot be read to its end, or was not read from its start.
    mutating func sha256() -> String? {
        var rest: [UInt8] = []
        while !isAtEnd, prefix != nil {
            rest.removeAll(keepingCapacity: true)
            guard (try? readFile(atMost: Self.compressedReadBytes, appendingTo: &rest)) != nil else { return nil }
        }
        return prefix?.digest
    }

    /// Appends at most `count` bytes; returns how many, 0 at the end.
    mutating func read(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(InputProblem) -> Int {
        guard compression != nil else { return try readFile(atMost: count, appendingTo: &bytes) }
        while true {
            if compressed.isEmpty, !isOutputPending || mayEnd {
                var read: [UInt8] = []
                if try readFile(atMost: Self.compressedReadBytes, appendingTo: &read) == 0 {
                    if mayEnd { return 0 }
                    throw InputProblem(.corruptCompression, "cannot decompress \(file.path): it ends too early")
                }
                compressed = read[...]
            }
            let produced = try decode(atMost: count, appendingTo: &bytes)
            isOutputPending = produced == count
            if produced > 0 { return produced }
        }
    }

    private mutating func decode(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(InputProblem) -> Int {
        let before = bytes.count
        do throws(CorruptData) {
            let progress =
                if gzip != nil {
                    try gzip!.decode(compressed, atMost: count, appendingTo: &bytes)
                } else {
                    try zstd!.decode(compressed, atMost: count, appendingTo: &bytes)
                }
            compressed = compressed.dropFirst(progress.used)
            mayEnd = progress.mayEnd
        } catch {
            throw InputProblem(.corruptCompression, "cannot decompress \(file.path): \(error.message)")
        }
        return bytes.count - before
    }

    private mutating func passOver(_ count: Int) throws(InputProblem) {
        var left = count
        var bytes: [UInt8] = []
        while left > 0 {
            bytes.removeAll(keepingCapacity: true)
            let taken = try read(atMost: min(left, Self.compressedReadBytes), appendingTo: &bytes)
            if taken == 0 { return }
            left -= taken
        }
    }

    private mutating func readFile(
        atMost count: Int, appendingTo bytes: inout [UInt8]
    ) throws(InputProblem) -> Int {
        let before = bytes.count
        let now: FileStatus
        do throws(FileError) {
            bytesRead += try file.read(atMost: count, appendingTo: &bytes)
            now = try file.status()
        } catch { throw InputProblem(.unreadable, error.description) }
        if let status, status.size != now.size || status.modified != now.modified {
            throw Self.changed(file.path, "while it was read")
        }
        prefix?.add(Array(bytes[before...]))
        isAtEnd = bytes.count == before
        return bytes.count - before
    }

    /// The state of a file that is opened, if it is that of the list of inputs.
    private static func status(
        of descriptor: borrowing FileDescriptor, _ file: InputFile
    ) throws(InputProblem) -> FileStatus? {
        let status: FileStatus
        do throws(FileError) { status = try descriptor.status() } catch {
            throw InputProblem(.unreadable, error.description)
        }
        // A directory says what it is when it is read.
        if let size = file.size, status.kind != .directory,
            status.kind != .regular || size != status.size || file.modified != status.modified
        {
            throw changed(file.path, "since the job began")
        }
        return status.kind == .regular ? status : nil
    }

    private static func changed(_ path: String, _ when: String) -> InputProblem {
        InputProblem(.inputChanged, "\(path) was changed \(when): run the job again with --update when it is done")
    }

    private static func open(_ file: InputFile, at offset: Int) throws(InputProblem) -> FileDescriptor {
        do throws(FileError) {
            let descriptor = try FileDescriptor.reading(file.path)
            if offset > 0 { try descriptor.seek(to: offset) }
            return descriptor
        } catch { throw InputProblem(.unreadable, error.description) }
    }
}
