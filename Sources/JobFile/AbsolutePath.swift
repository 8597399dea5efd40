internal import FoundationEssentials
internal import Jobs

/// Absolute paths without `.` and `..`.
public enum AbsolutePath {
    /// The limit of symbolic links in one path, as in Linux (path_resolution(7)).
    private static let mostLinks = 40

    /// The absolute path. `..` after a symbolic link leaves the link's target, as in the kernel (path_resolution(7)).
    /// `..` after a name that does not exist removes the name.
    ///
    /// - Parameter directory: an absolute path.
    public static func of(_ path: String, in directory: String) -> String {
        normalized(path.isAbsolutePath ? path : directory + "/" + path)
    }

    public static func parent(of path: String) -> String {
        let components = path.pathComponents().dropLast()
        return "/" + components.joined(separator: "/")
    }

    private static func normalized(_ path: String) -> String {
        var result: [String] = []
        var pending = Array(names(path).reversed())
        var links = 0
        while let name = pending.popLast() {
            guard name == ".." else {
                result.append(name)
                continue
            }
            let place = "/" + result.joined(separator: "/")
            // The parent of the root is the root.
            guard result.popLast() != nil, links < mostLinks,
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place)
            else { continue }
            links += 1
            if target.isAbsolutePath { result = [] }
            pending += [".."] + names(target).reversed()
        }
        return "/" + result.joined(separator: "/")
    }

    private static func names(_ path: String) -> [String] {
        path.pathComponents().filter { $0 != "." }.map(String.init)
    }

    /// The advice on a path with a word that only a shell expands: `~`, `~user`, `$NAME`, `${NAME}`. An existing file
    /// of that name is no such word.
    ///
    /// - Returns: what to write instead, in words; `nil` for a path without such a word.
    public static func shellWord(in path: String, of directory: String) -> String? {
        let names = path.pathComponents()
        for (place, name) in names.enumerated() {
            let isHome = place == 0 && name.hasPrefix("~") && !path.isAbsolutePath
            guard isHome || name.wholeMatch(of: /\$([A-Za-z_].*|\{.*)/) != nil else { continue }
            let literal = of((path.isAbsolutePath ? "/" : "") + names[...place].joined(separator: "/"), in: directory)
            guard !FileManager.default.fileExists(atPath: literal) else { continue }
            if name == "~", let home = ProcessInfo.processInfo.environment["HOME"] {
                let whole = ([Substring(home)] + names.dropFirst()).joined(separator: "/")
                return "'~' is not expanded here: write '\(whole)'"
            }
            return "'\(name)' is not expanded here, as a shell would do it: write the path out"
        }
        return nil
    }
}
