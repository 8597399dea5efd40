import Coordination
import Documents
import FoundationEssentials
import Glibc
package import Jobs

extension JobPaths {
    /// Refuses a job that no coordinator takes, or whose files cannot be made, as far as file permissions tell.
    /// - Throws: `JobRefusal`.
    package func checkPlaces(of job: Job) throws(JobRefusal) {
        if let problem = job.problem {
            throw JobRefusal(Failure(code: "bad_job", message: problem), reason: .badData)
        }
        try JobRefusal.naming { try checkPlaces() }
    }

    private func checkPlaces() throws(FileError) {
        let files = FileManager.default
        for path in [output, errors, manifest] where files.fileExists(atPath: path) {
            if files.fileExists(atPath: path + "/.") { throw FileError(.create, path, .system(code: EISDIR)) }
            if !files.isWritableFile(atPath: path) { throw FileError(.create, path, .system(code: EACCES)) }
        }
        var directory = work
        while !files.fileExists(atPath: directory), directory != "/" {
            directory = "/" + directory.split(separator: "/").dropLast().joined(separator: "/")
        }
        if !files.fileExists(atPath: directory + "/.") { throw FileError(.create, work, .system(code: ENOTDIR)) }
        if !files.isWritableFile(atPath: directory) { throw FileError(.create, work, .system(code: EACCES)) }
    }
}
