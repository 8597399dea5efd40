import Coordination
package import Documents
package import Ledger
package import Threads

/// The thread to which the files of all running jobs belong, with their ledgers and the coordinator's.
///
/// Disks can be slow, and whoever answers heartbeats must not wait for one: the coordinator's thread says what is to be
/// done, and hears what came of it.
package struct JobStorage: Sendable {
    private let commands: Mailbox<[StorageCommand]>
    private let ledgers: Mailbox<CoordinatorLedger>
    private let thread: OSThread

    /// Starts the threads.
    /// - Parameters:
    ///   - limits: of what reading the inputs of a job may hold.
    ///   - post: takes reports, several at a time, on the thread of the storage.
    /// - Throws: when the system has no resources for the threads.
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
                    // What was told between the wait and the end.
                    jobs.handle(commands.drain().joined())
                    break
                }
                jobs.doWhatIsDue()
            }
            jobs.commit()
        }
    }

    /// Begins to work.
    /// - Parameter ledger: of the coordinator.
    package func use(_ ledger: CoordinatorLedger) {
        ledgers.post(ledger)
    }

    /// - Parameter commands: as many as there are: to wake a thread costs more than most commands.
    package func tell(_ commands: [StorageCommand]) {
        if !commands.isEmpty { self.commands.post(commands) }
    }

    /// Carries out what was told, makes it durable and ends the thread.
    package func close() {
        commands.close()
        thread.join()
    }
}
