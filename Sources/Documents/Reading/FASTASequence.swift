internal import Jobs

/// A sequence of a FASTA file: a line with `>`, a name and an optional description, then lines of the sequence
/// (ncbi.nlm.nih.gov/genbank/fastaformat).
enum FASTASequence {
    /// - Returns: the name, and the letters without line ends.
    static func document(in record: [UInt8]) throws(JSONScanner.Failure) -> (id: String?, text: [UInt8]) {
        guard record.first == UInt8(ascii: ">") else {
            throw JSONScanner.Failure(
                code: .invalidField, offset: 0, message: "a sequence begins with '>' and its name")
        }
        let end = record.firstIndex(of: UInt8(ascii: "\n")) ?? record.endIndex
        let name = record[1..<end].prefix { !isSpace($0) }
        return (
            name.isEmpty ? nil : String(decoding: name, as: UTF8.self), record[end...].filter { !isSpace($0) }
        )
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }
}
