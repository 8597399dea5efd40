internal import Jobs

/// Paths as text: what they are relative to, without asking the file system.
public enum AbsolutePath {
    /// - Parameter directory: absolute.
    public static func of(_ path: String, in directory: String) -> String {
        normalized(path.isAbsolutePath ? path : directory + "/" + path)
    }

    public static func parent(of path: String) -> String {
        let components = path.pathComponents().dropLast()
        return "/" + components.joined(separator: "/")
    }

    /// Without `.` and empty components. `..` stays: with symbolic links it is for the file system to say where it
    /// leads.
    private static func normalized(_ path: String) -> String {
        "/" + path.pathComponents().filter { $0 != "." }.joined(separator: "/")
    }
}
