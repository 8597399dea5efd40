internal import Jobs

/// The lines of a file that longscan wrote.
public struct FileLines: ~Copyable {
    private let path: String
    private var lines: RecordReader

    /// - Throws: `InputProblem`; `InputError` if transient.
    public init(path: String) throws {
        self.path = path
        // The length limit is that of a line of JSON Lines.
        var limits = DocumentReader.Limits()
        limits.pieceBytes = 1 << 20
        do throws(ReadingFailure) {
            lines = try RecordReader(InputFile(asGiven: path, path: path, kind: .jsonl), limits: limits)
        } catch { throw Self.error(error) }
    }

    /// - Returns: a line without its end; `nil` at the end of the file.
    /// - Throws: `InputProblem`; `InputError` if transient.
    public mutating func next() throws -> [UInt8]? {
        let line: RecordReader.Record?
        do throws(ReadingFailure) { line = try lines.next() } catch { throw Self.error(error) }
        guard let line else { return nil }
        guard let bytes = line.bytes else {
            throw InputProblem(.lineTooLong, "\(path): line \(line.line) is too long")
        }
        return bytes
    }

    private static func error(_ failure: ReadingFailure) -> any Error {
        switch failure {
        case .document(let problem): problem
        case .environment(let error): InputError.environment(error)
        }
    }
}
