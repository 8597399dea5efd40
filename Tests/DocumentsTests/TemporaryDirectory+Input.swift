import Jobs
import TestSupport

extension TemporaryDirectory {
    /// An input of a job file that lies in this directory.
    func input(_ asGiven: String) -> Job.Input {
        Job.Input(asGiven: asGiven, path: path + "/" + asGiven)
    }
}
