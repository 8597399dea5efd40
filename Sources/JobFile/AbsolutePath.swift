/// Paths as text: what they are relative to, without asking the file system.
public enum AbsolutePath {
    /// - Parameter directory: absolute.
    public static func of(_ path: String, in directory: String) -> String {
        normalized(path.hasPrefix("/") ? path : directory + "/" + path)
    }

    public static func parent(of path: String) -> String {
        let components = path.split(separator: "/").dropLast()
        return "/" + components.joined(separator: "/")
    }

    /// Without `.` and empty components. `..` stays: with symbolic links it is for the file system to say where it
    /// leads.
    private static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
