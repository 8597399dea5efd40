internal import FoundationEssentials
internal import Jobs

/// Paths without `.` and `..`, which mean the same place wherever they are read.
public enum AbsolutePath {
    /// Links that are followed for one path; Linux gives up after as many (path_resolution(7)).
    private static let mostLinks = 40

    /// Where a path leads. `..` behind a symbolic link leaves the directory that the link leads to, as for the kernel
    /// (path_resolution(7)); behind what does not exist it takes the name before it away.
    ///
    /// - Parameter directory: absolute.
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

    /// What a shell would put in the place of a part of a path, and nobody else does: `~`, `~user`, `$NAME`, `${NAME}`.
    /// A name of that form that exists is a name.
    ///
    /// - Returns: what to write instead, in words; `nil` for a path without such a part.
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
