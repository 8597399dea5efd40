import Coordination
package import Jobs

extension Job {
    /// The reason why no job file could describe the job; `nil` if one could. A foreign client may send anything.
    ///
    /// The ranges are those of ``JobFile``. The client chooses the output's place. Its name must allow the names of the
    /// errors file, the manifest and the work directory.
    package var problem: String? {
        outputProblem ?? inputProblem ?? limitProblem.map { "\($0.key): \($0.message)" } ?? task.problem
    }

    private var outputProblem: String? {
        if !output.hasSuffix(".jsonl") { return "output: the name must end in .jsonl, not '\(output)'" }
        if let problem = Self.pathProblem(output) { return "output: \(problem)" }
        return nil
    }

    private var inputProblem: String? {
        if inputs.isEmpty { return "input: names no file" }
        for input in inputs {
            if let problem = Self.pathProblem(input.path) { return "input: \(problem)" }
            if input.textKey ?? "text" == input.idKey ?? "id" { return "input: text_key and id_key are the same" }
        }
        return nil
    }

    /// The reason why a path does not name one fixed place.
    private static func pathProblem(_ path: String) -> String? {
        let length = path.utf8.count
        if length > Limits.pathBytes { return "a path of \(length) bytes: the system takes \(Limits.pathBytes)" }
        if let name = path.pathComponents().map(\.utf8.count).max(), name > Limits.nameBytes {
            return "a path with a name of \(name) bytes: the system takes \(Limits.nameBytes)"
        }
        if !path.isAbsolutePath { return "'\(path)' is not absolute" }
        if path.utf8.contains(0) { return "a path has no NUL" }
        if path.pathComponents().contains("..") { return "'\(path)' has '..' in it" }
        return nil
    }
}
