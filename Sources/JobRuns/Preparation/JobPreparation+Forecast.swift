import Coordination
import Documents
import Jobs
import Ledger

extension JobPreparation {
    /// A forecast of a job for people, and the reason if it would be refused.
    package struct Forecast {
        package var text: String
        package var refusal: JobRefusal?
    }

    /// The forecast of this job. No row is changed.
    /// - Returns: `nil` for a job that has not begun.
    /// - Throws: `JobRefusal` if the job is refused.
    package func forecast() throws(JobRefusal) -> Forecast? {
        try JobRefusal.naming {
            try paths.checkApart(from: job.inputs)
            try WorkDirectory(paths).check()
            if WorkDirectory(paths).hasLedger {
                try checkUnfinished()
                return Forecast(
                    text: rerun == .again ? "not finished; begins anew" : "not finished; goes on where it was")
            }
            guard let finished = try finished(), !finished.isRemoved else { return nil }
            return try forecast(finished)
        }
    }

    private func forecast(_ finished: Finished) throws -> Forecast {
        let (manifest, changes) = (finished.manifest, finished.changes)
        if rerun == .again { return Forecast(text: "done before; everything is done anew") }
        if finished.isSame, changes.isEmpty, rerun == nil || manifest.counts.errors == 0 {
            return Forecast(text: "done before, nothing to do")
        }
        guard let counts = try counts(of: manifest) else {
            return Forecast(
                text: "done before; an update does everything anew", refusal: rerun == nil ? changed(changes) : nil)
        }
        return Forecast(
            text: "done before; of the documents, \(counts.kept) would be kept, \(counts.changed) have changed, "
                + "\(counts.new) are new or have error rows, and \(counts.gone) are gone",
            refusal: rerun == nil ? changed(changes) : nil)
    }
}
