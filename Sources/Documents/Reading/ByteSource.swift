/// The bytes of an input file from front to back, decompressed if the file is compressed.
struct ByteSource: ~Copyable, Sendable {
    private static let compressedReadBytes = 64 << 10

    /// Bytes taken from the file as it lies on disk.
    private(set) var bytesRead: Int
    private let file: FileDescriptor
    private let compression: InputFile.Compression?
    private var gzip: GzipData?
    private var zstd: ZstdData?
    /// Read from a compressed file and not decoded yet.
    private var compressed: ArraySlice<UInt8> = []
    /// Whether what was decoded so far is whole.
    private var mayEnd = false
    /// Whether the decoder may hold back bytes for which there was no room.
    private var isOutputPending = false

    private init(_ descriptor: consuming FileDescriptor, _ compression: InputFile.Compression?, at offset: Int) {
        file = descriptor
        self.compression = compression
        bytesRead = offset
        gzip = compression == .gzip ? GzipData() : nil
        zstd = compression == .zstd ? ZstdData() : nil
    }

    /// Opens a file at an offset in its decompressed bytes.
    static func opening(_ file: InputFile, at offset: Int = 0) throws(InputProblem) -> ByteSource {
        let start = file.compression == nil ? offset : 0
        var source = ByteSource(try open(file, at: start), file.compression, at: start)
        try source.passOver(offset - start)
        return source
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
        do throws(FileError) {
            let taken = try file.read(atMost: count, appendingTo: &bytes)
            bytesRead += taken
            return taken
        } catch { throw InputProblem(.unreadable, error.description) }
    }

    private static func open(_ file: InputFile, at offset: Int) throws(InputProblem) -> FileDescriptor {
        do throws(FileError) {
            let descriptor = try FileDescriptor.reading(file.path)
            if offset > 0 { try descriptor.seek(to: offset) }
            return descriptor
        } catch { throw InputProblem(.unreadable, error.description) }
    }
}
