import Coordination
internal import GRDB

/// A value that this program never writes, in a file that was damaged or changed by another program.
struct DamagedValue: Error, CustomStringConvertible {
    var column: String
    var value: String

    var description: String {
        "its \(column) is \(value), which longscan never writes: the file was changed or damaged"
    }
}

extension Row {
    /// A count. GRDB's own subscript traps on a value of another type.
    /// - Throws: ``DamagedValue``.
    func count(_ column: String) throws -> Int {
        let value: DatabaseValue = self[column]
        guard let count = Int.fromDatabaseValue(value), (0...Limits.largestCount).contains(count) else {
            throw DamagedValue(column: column, value: "\(value)")
        }
        return count
    }

    /// - Throws: ``DamagedValue``.
    func text(_ column: String) throws -> String {
        let value: DatabaseValue = self[column]
        guard let text = String.fromDatabaseValue(value) else { throw DamagedValue(column: column, value: "\(value)") }
        return text
    }
}
