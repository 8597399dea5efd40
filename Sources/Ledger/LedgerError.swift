public import Coordination
internal import GRDB

/// An error that prevents the use of a job's ledger.
public enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// Another coordinator has the ledger open. Its process is given if known.
    case inUse(path: String, by: Int?)
    /// The ledger belongs to a job with another description.
    case otherJob(path: String)
    /// The file is a database of another program.
    case foreign(path: String)
    /// The inputs differ from those at the start of the job.
    case inputsChanged(path: String, detail: String)
    /// The model differs from that at the start of the job. The digests of both are given.
    case modelChanged(path: String, began: String, found: String)
    /// A result's lease is not the document's newest lease.
    case staleLease(path: String, ordinal: Int, lease: LeaseID, newest: LeaseID)
    /// An SQLite operation failed, with the library's result code and message.
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

    /// Runs a body and turns GRDB's errors into errors with operation and path.
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
