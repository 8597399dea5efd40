public import Coordination
internal import GRDB

/// Why a job's ledger cannot be used.
public enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// Another coordinator has it open: its process, where that is known.
    case inUse(path: String, by: Int?)
    /// It belongs to a job that says something else.
    case otherJob(path: String)
    /// It is a database of another program.
    case foreign(path: String)
    /// The inputs are not those that the job began with.
    case inputsChanged(path: String, detail: String)
    /// The model is not the one that the job began with: digests of both.
    case modelChanged(path: String, began: String, found: String)
    /// A result came of a lease that is not the document's newest.
    case staleLease(path: String, ordinal: Int, lease: LeaseID, newest: LeaseID)
    /// SQLite could not do it: result code and words of the library.
    case database(operation: String, path: String, code: Int32, message: String)

    public var description: String {
        switch self {
        case .inUse(let path, let process):
            "another longscan\(process.map { " (process \($0))" } ?? "") is working on this output: wait until it is "
                + "done, or stop it; it holds \(path)"
        case .otherJob(let path):
            "\(path) belongs to another job that is not finished: go on with that one, choose another output, "
                + "or start this one anew with --again"
        case .foreign(let path):
            "\(path) is no ledger of longscan: choose another output, or move its directory away"
        case .inputsChanged(_, let detail):
            "the inputs have changed since the job began: \(detail); restore them, "
                + "or use --update (new and changed documents only) or --again (all anew)"
        case .modelChanged(_, let began, let found):
            "the model has changed since the job began: \(began) then, \(found) now; "
                + "restore it, or start anew with --again"
        case .staleLease(let path, let ordinal, let lease, let newest):
            "\(path): \(lease) may record nothing of document \(ordinal), whose newest is \(newest)"
        case .database(let operation, let path, let code, let message):
            "cannot \(operation) the ledger \(path): \(message) (SQLite result \(code))"
        }
    }

    /// Runs what GRDB may fail in, and gives its errors their place.
    static func naming<Result>(
        _ operation: String, _ path: String, _ body: () throws -> Result
    ) throws(LedgerError) -> Result {
        do {
            return try body()
        } catch let error as LedgerError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw .inUse(path: path, by: LockHolder.process(of: path))
        } catch let error as DatabaseError {
            throw .database(
                operation: operation, path: path, code: error.extendedResultCode.rawValue,
                message: error.message ?? "unknown error")
        } catch {
            throw .database(operation: operation, path: path, code: 0, message: "\(error)")
        }
    }
}
