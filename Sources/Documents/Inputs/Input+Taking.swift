public import Jobs

extension Job.Input {
    /// Whether this input matches a file, which need not exist yet. A job must not read its own output.
    /// - Parameter file: an absolute path.
    /// - Throws: `InputError` for an invalid pattern.
    public func takes(_ file: String) throws(InputError) -> Bool {
        let target = resolvedPath(file)
        if ExactString(resolvedPath(path)) == ExactString(target) { return true }
        let status = try? FileStatus(path: path)
        if status?.kind == .directory {
            guard let below = Self.components(of: target, below: path) else { return false }
            return (format ?? .unasked(fileName: target)) != nil && PathPattern.everything.matches(path: below)
        }
        guard status == nil, PathPattern.isPattern(asGiven) else { return false }
        let parts = try PatternParts(self)
        return Self.components(of: target, below: parts.root).map(parts.pattern.matches(path:)) ?? false
    }

    /// The path components of a file relative to a directory.
    /// - Returns: `nil` for a file outside the directory.
    private static func components(of file: String, below directory: String) -> [Substring]? {
        let root = resolvedPath(directory).pathComponents()
        let path = file.pathComponents()
        return path.starts(with: root) { $0.utf8.elementsEqual($1.utf8) } ? Array(path[root.count...]) : nil
    }
}
