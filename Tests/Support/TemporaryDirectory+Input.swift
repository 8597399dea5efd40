public import Jobs

extension TemporaryDirectory {
    /// An input of a job file that lies in this directory.
    public func input(_ asGiven: String) -> Job.Input {
        Job.Input(asGiven: asGiven, path: path + "/" + asGiven)
    }
}
