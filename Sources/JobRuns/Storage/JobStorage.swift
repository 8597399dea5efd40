import Coordination
package import Documents
package import Ledger
package import Threads

/// The storage thread. It owns the files and ledgers of all running jobs, and the coordinator's ledger.
///
/// A disk can be slow, and heartbeats must be answered in time. So the coordinator's thread sends commands to this
/// thread, and gets reports back.
package struct JobStorage: Sendable {
    private let commands: Mailbox<[StorageCommand]>
    private let ledgers: Mailbox<CoordinatorLedger>
    private let thread: OSThread

    /// Starts the threads.
    /// - Parameters:
    ///   - limits: the memory limits for reading a job's inputs.
    ///   - post: takes reports, several at a time, on the storage thread.
    /// - Throws: an error if the system has no resources for the threads.
    package init(
        limits: DocumentReader.Limits, post: @escaping @Sendable ([StorageReport]) -> Void
    ) throws(ThreadError) {
        let commands = try Mailbox<[StorageCommand]>()
        self.commands = commands
        let ledgers = try Mailbox<CoordinatorLedger>()
        self.ledgers = ledgers
        let snapshots = try SnapshotWriter { commands.post([.snapshot($0, $1)]) }
        thread = try OSThread(name: "storage") {
            defer { snapshots.close() }
            guard let ledger = ledgers.wait() else { return }
            let jobs = StoredJobs(ledger, limits, snapshots, commands, post)
            while true {
                if let first = commands.wait(timeout: jobs.timeout) {
                    jobs.handle(([first] + commands.drain()).joined())
                } else if commands.isClosed {
                    // The mailbox may have taken commands between the wait and its end.
                    jobs.handle(commands.drain().joined())
                    break
                }
                jobs.doWhatIsDue()
            }
            jobs.commit()
        }
    }

    /// Starts to carry out commands.
    /// - Parameter ledger: the coordinator's ledger.
    package func use(_ ledger: CoordinatorLedger) {
        ledgers.post(ledger)
    }

    /// - Parameter commands: all commands that are there: to wake a thread costs more than most commands.
    package func tell(_ commands: [StorageCommand]) {
        if !commands.isEmpty { self.commands.post(commands) }
    }

    /// Carries out all commands, makes their effects durable and ends the thread.
    package func close() {
        commands.close()
        thread.join()
    }
}
