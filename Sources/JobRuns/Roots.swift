public import Documents
package import Jobs

/// The directories that clients' jobs may read from and write to.
///
/// A path is judged by its target: symbolic links are followed. A file that does not exist is judged by its nearest
/// existing directory. A refusal says only that a path is outside, and nothing about what is there.
public struct Roots: Sendable {
    /// The resolved directories; `nil`: everything that the coordinator's user may read or write.
    private let inputs: [String]?
    private let outputs: [String]?

    /// The roots without limits, for a coordinator that only its user can reach.
    public static let everywhere = Roots(resolvedInputs: nil, resolvedOutputs: nil)

    private init(resolvedInputs: [String]?, resolvedOutputs: [String]?) {
        inputs = resolvedInputs
        outputs = resolvedOutputs
    }

    /// - Parameters:
    ///   - inputs: the directories that hold inputs and models; `nil`: anywhere.
    ///   - outputs: the directories in which rows are written; `nil`: anywhere.
    /// - Throws: `FileError` if a directory does not exist.
    public init(inputs: [String]?, outputs: [String]?) throws(FileError) {
        self.inputs = try inputs.map(Self.directories)
        self.outputs = try outputs.map(Self.directories)
    }

    private static func directories(_ paths: [String]) throws(FileError) -> [String] {
        var directories: [String] = []
        for path in paths { directories.append(try ResolvedPath(existing: path).path) }
        return directories
    }

    /// The reason why a job is not allowed; `nil` if it is.
    ///
    /// A pattern is judged by the directory of its first wildcard, because all its files lie in it. Links in that
    /// directory are judged when the inputs are listed (``allowsReading(_:)``).
    package func problem(of job: Job) -> String? {
        // The files beside the output are written too, wherever links at their paths lead.
        let paths = JobPaths(output: job.output)
        for path in [paths.output, paths.errors, paths.documents, paths.manifest, paths.work]
        where !allows(path, outputs) {
            return "output: \(path) is outside of what clients of this coordinator may write (--output-root)"
        }
        for input in job.inputs where !allows(Self.fixedPart(of: input.path), inputs) {
            return "input: \(input.path) is outside of what clients of this coordinator may read (--input-root)"
        }
        if !allows(job.model, inputs) {
            return "model: \(job.model) is outside of what clients of this coordinator may read (--input-root)"
        }
        return nil
    }

    /// Whether a file of an input may be read.
    package func allowsReading(_ path: String) -> Bool { allows(path, inputs) }

    private func allows(_ path: String, _ roots: [String]?) -> Bool {
        guard let roots else { return true }
        // The path is a link without a target: a program that creates the file follows the link.
        guard let place = ResolvedPath(path) else { return false }
        return roots.contains { place.isIn($0) }
    }

    /// The part of a pattern before its first wildcard, up to a slash.
    private static func fixedPart(of pattern: String) -> String {
        guard let wildcard = pattern.firstIndex(where: { "*?[".contains($0) }) else { return pattern }
        guard let slash = pattern[..<wildcard].lastIndex(of: "/") else { return "/" }
        return slash == pattern.startIndex ? "/" : String(pattern[..<slash])
    }
}
