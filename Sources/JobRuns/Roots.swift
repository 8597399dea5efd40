public import Documents
package import Jobs

/// Directories that jobs of clients may read from and write to.
///
/// A path is judged by where it leads: symbolic links are followed. What does not exist yet is judged by the directory
/// that does. Nothing is said of what lies outside: a client learns no more than that it is outside.
public struct Roots: Sendable {
    /// Resolved; `nil`: all that the coordinator's user may.
    private let inputs: [String]?
    private let outputs: [String]?

    /// No limits: for a coordinator that only its user's own machine reaches.
    public static let everywhere = Roots(resolvedInputs: nil, resolvedOutputs: nil)

    private init(resolvedInputs: [String]?, resolvedOutputs: [String]?) {
        inputs = resolvedInputs
        outputs = resolvedOutputs
    }

    /// - Parameters:
    ///   - inputs: directories below which inputs and models lie; `nil`: anywhere.
    ///   - outputs: directories below which rows are written; `nil`: anywhere.
    /// - Throws: `FileError` for one that is not there.
    public init(inputs: [String]?, outputs: [String]?) throws(FileError) {
        self.inputs = try inputs.map(Self.directories)
        self.outputs = try outputs.map(Self.directories)
    }

    private static func directories(_ paths: [String]) throws(FileError) -> [String] {
        var directories: [String] = []
        for path in paths { directories.append(try ResolvedPath(existing: path).path) }
        return directories
    }

    /// Why a job may not be done here; `nil`: it may.
    ///
    /// A pattern is judged by the directory that its first wildcard stands in: what it takes lies below, and links in
    /// there are judged when the inputs are listed (``allowsReading(_:)``).
    package func problem(of job: Job) -> String? {
        // Files beside the output are written too, wherever links at their places lead.
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

    /// Whether a file that an input names or takes may be read.
    package func allowsReading(_ path: String) -> Bool { allows(path, inputs) }

    private func allows(_ path: String, _ roots: [String]?) -> Bool {
        guard let roots else { return true }
        // A link to nothing: whoever creates the file follows it.
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
