/// The lines of a file that longscan wrote, one after the other.
public struct FileLines: ~Copyable {
    private static let readBytes = 1 << 20

    private let path: String
    private var lines: LineReader

    /// - Throws: `InputProblem`.
    public init(path: String) throws(InputProblem) {
        self.path = path
        // Lines are asked for with the limit of a line of JSON Lines.
        lines = try LineReader(
            DocumentPlace(file: InputFile(asGiven: path, path: path, kind: .jsonLines)), readBytes: Self.readBytes,
            limit: DocumentReader.Limits().lineBytes)
    }

    /// - Returns: a line without its end; `nil` at the end of the file.
    /// - Throws: `InputProblem`.
    public mutating func next() throws(InputProblem) -> [UInt8]? {
        guard let line = try lines.next() else { return nil }
        guard let bytes = line.bytes else {
            throw InputProblem(.lineTooLong, "\(path): line \(line.number) is too long")
        }
        return bytes
    }
}
