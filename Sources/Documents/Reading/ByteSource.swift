internal import Jobs

/// The bytes of an input file from front to back, decompressed if its first bytes show compression.
///
/// A call that failed with a transient error can be repeated without loss.
struct ByteSource: ~Copyable, Sendable {
    private static let compressedReadBytes = 64 << 10
    /// The longest hole that is hashed as zeros, which takes about a second.
    private static let longestHole = 1 << 30

    /// The number of bytes read from disk.
    private(set) var bytesRead = 0
    private let input: InputFile
    private let limits: DocumentReader.Limits
    private var file: FileDescriptor
    /// The status of the file when it was opened; `nil` if it is not a regular file.
    private let status: FileStatus?
    /// The prefix read so far; `nil` after a part was skipped.
    private var prefix: FilePrefix? = FilePrefix()
    private var isAtEnd = false
    /// Whether the descriptor may be unusable, as on a network file system after a lost connection.
    private var isStale = false
    private var decoder: PackedData?
    /// The bytes read from the file but not yet decoded or returned.
    private var raw: ArraySlice<UInt8> = []
    /// The first decoded bytes, which were inspected but not yet returned.
    private var start: ArraySlice<UInt8> = []
    /// The failure that followed the bytes in `start`.
    private var failureBehindStart: ReadingFailure?
    /// Whether the data decoded so far is complete.
    private var mayEnd = false
    /// Whether the decoder may hold back bytes for lack of room.
    private var isOutputPending = false

    private init(
        _ descriptor: consuming FileDescriptor, _ status: FileStatus?, _ input: InputFile,
        _ limits: DocumentReader.Limits
    ) {
        file = descriptor
        self.status = status
        self.input = input
        self.limits = limits
    }

    /// Opens a file and inspects its beginning.
    static func opening(_ input: InputFile, limits: DocumentReader.Limits) throws(ReadingFailure) -> ByteSource {
        if let problem = input.problem { throw .document(InputProblem(.unreadable, problem)) }
        let descriptor = try open(input, limits)
        let status = try status(of: descriptor, input)
        var source = ByteSource(descriptor, status, input, limits)
        try source.lookAtStart()
        return source
    }

    /// Recognises the compression, and an encoding other than UTF-8.
    private mutating func lookAtStart() throws(ReadingFailure) {
        while raw.count < Packing.telling, try readRaw() > 0 {}
        if let packing = Packing.unread(raw) {
            let message = "the file is packed with \(packing): unpack it, or pack it with zstd or gzip"
            throw .document(InputProblem(.unreadable, message))
        }
        if let packing = Packing(firstBytes: raw) ?? Packing(fileName: input.path) {
            do throws(PackedData.Failure) {
                decoder = try PackedData(packing, windowBytes: limits.windowBytes)
            } catch { throw failure(error) }
        }
        var bytes: [UInt8] = []
        do throws(ReadingFailure) {
            while bytes.count < WrittenText.telling,
                try decoded(atMost: Self.compressedReadBytes, appendingTo: &bytes) > 0
            {}
        } catch {
            failureBehindStart = error
        }
        start = bytes[...]
        if let encoding = WrittenText.otherEncoding(of: start) {
            throw .document(InputProblem(.invalidUTF8, "the file \(WrittenText.advice(on: encoding))"))
        }
    }

    /// Appends at most `count` bytes.
    /// - Returns: the number of bytes; 0 at the end.
    mutating func read(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(ReadingFailure) -> Int {
        if !start.isEmpty {
            let taken = start.prefix(count)
            bytes += taken
            start = start.dropFirst(taken.count)
            return taken.count
        }
        if let failure = failureBehindStart {
            failureBehindStart = nil
            throw failure
        }
        return try decoded(atMost: count, appendingTo: &bytes)
    }

    /// Skips a hole. A sparse file may report more zeros than can be read in reasonable time.
    mutating func passHole() throws(ReadingFailure) {
        guard decoder == nil, raw.isEmpty, start.isEmpty, !isStale, status?.size ?? 0 > bytesRead else { return }
        do throws(FileError) {
            let end = try file.passHole(at: bytesRead)
            if end > bytesRead { prefix = nil }
            bytesRead = end
        } catch { throw ReadingFailure(error) }
    }

    /// The hexadecimal SHA-256 of the file's bytes on disk, computed by reading the rest. `nil` if the file cannot be
    /// read to its end or has a very long hole.
    mutating func sha256() -> String? {
        var rest: [UInt8] = []
        while !isAtEnd, prefix != nil {
            rest.removeAll(keepingCapacity: true)
            guard !isBeforeLongHole, (try? readFile(atMost: Self.compressedReadBytes, appendingTo: &rest)) != nil
            else { return nil }
        }
        return prefix?.digest
    }

    private var isBeforeLongHole: Bool {
        guard let status, !isStale, status.size > bytesRead else { return false }
        guard let end = try? file.passHole(at: bytesRead), (try? file.seek(to: bytesRead)) != nil else { return true }
        return end - bytesRead > Self.longestHole
    }

    private mutating func decoded(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(ReadingFailure) -> Int {
        guard decoder != nil else {
            if raw.isEmpty { return try readFile(atMost: count, appendingTo: &bytes) }
            let taken = raw.prefix(count)
            bytes += taken
            raw = raw.dropFirst(taken.count)
            return taken.count
        }
        while true {
            if raw.isEmpty, !isOutputPending || mayEnd, try readRaw() == 0 {
                if mayEnd { return 0 }
                throw .document(
                    InputProblem(.corruptCompression, "cannot decompress \(input.path): it ends too early"))
            }
            let produced = try decode(atMost: count, appendingTo: &bytes)
            isOutputPending = produced == count
            if produced > 0 { return produced }
        }
    }

    private mutating func decode(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(ReadingFailure) -> Int {
        let before = bytes.count
        do throws(PackedData.Failure) {
            let progress = try decoder!.decode(raw, atMost: count, appendingTo: &bytes)
            raw = raw.dropFirst(progress.used)
            mayEnd = progress.mayEnd
        } catch {
            throw failure(error)
        }
        return bytes.count - before
    }

    private func failure(_ failure: PackedData.Failure) -> ReadingFailure {
        switch failure {
        case .corrupt(let message):
            .document(InputProblem(.corruptCompression, "cannot decompress \(input.path): \(message)"))
        case .tooLarge(let message):
            .document(InputProblem(.unreadable, "cannot decompress \(input.path): \(message)"))
        case .noMemory:
            .environment(.withoutMemory(.read, input.path))
        }
    }

    /// - Returns: the number of bytes added to `raw`; 0 at the end of the file.
    private mutating func readRaw() throws(ReadingFailure) -> Int {
        var read = Array(raw)
        let count = try readFile(atMost: Self.compressedReadBytes, appendingTo: &read)
        raw = read[...]
        return count
    }

    private mutating func readFile(
        atMost count: Int, appendingTo bytes: inout [UInt8]
    ) throws(ReadingFailure) -> Int {
        if isStale {
            file = try Self.open(input, limits)
            do throws(FileError) { try file.seek(to: bytesRead) } catch { throw ReadingFailure(error) }
            isStale = false
        }
        let before = bytes.count
        let now: FileStatus
        do throws(FileError) {
            try limits.failure?.check(.read, input.path)
            let taken = try file.read(atMost: count, appendingTo: &bytes)
            now = try file.status()
            bytesRead += taken
        } catch {
            bytes.removeLast(bytes.count - before)
            // A pipe cannot be opened again.
            isStale = error.isOfEnvironment && status != nil
            throw ReadingFailure(error)
        }
        if let status, status.size != now.size || status.modified != now.modified {
            throw Self.changed(input.path, "while it was read")
        }
        prefix?.add(Array(bytes[before...]))
        isAtEnd = bytes.count == before
        return bytes.count - before
    }

    /// The status of an opened file, checked against the list of inputs.
    private static func status(
        of descriptor: borrowing FileDescriptor, _ file: InputFile
    ) throws(ReadingFailure) -> FileStatus? {
        let status: FileStatus
        do throws(FileError) { status = try descriptor.status() } catch { throw ReadingFailure(error) }
        if let size = file.size, status.kind != .regular || size != status.size || file.modified != status.modified {
            throw changed(file.path, "since the job began")
        }
        return status.kind == .regular ? status : nil
    }

    private static func changed(_ path: String, _ when: String) -> ReadingFailure {
        .document(
            InputProblem(.inputChanged, "\(path) was changed \(when): run the job again with --update when it is done"))
    }

    private static func open(
        _ file: InputFile, _ limits: DocumentReader.Limits
    ) throws(ReadingFailure) -> FileDescriptor {
        do throws(FileError) {
            try limits.failure?.check(.open, file.path)
            return try FileDescriptor.reading(file.path)
        } catch { throw ReadingFailure(error) }
    }
}
