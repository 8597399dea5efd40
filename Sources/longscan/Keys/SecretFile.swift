import Foundation

/// The check that a file is secret: only its owner may change it. Besides the owner only this process's groups may read
/// it, as for a Kubernetes secret of a pod with `fsGroup`.
enum SecretFile {
    /// The problem with the permissions of a file, and the remedy.
    /// - Parameter path: the path of the file. For a symbolic link, the permissions of its target count.
    /// - Returns: `nil` for a secret file, and for anything else than a file, such as a pipe.
    static func problem(of path: String) -> String? {
        let file = URL(filePath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue,
            let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value,
            let group = (attributes[.groupOwnerAccountID] as? NSNumber)?.uint32Value
        else { return nil }
        let isLink = file != URL(filePath: path).standardizedFileURL.path
        let name = isLink ? "\(path), which is \(file)," : path
        guard owner == geteuid() || owner == 0 else {
            return "\(name) belongs to user \(owner), who can change it: a secret key belongs to its user: "
                + "chown \(geteuid()) \(file)"
        }
        let isOpenToGroup = mode & 0o020 != 0 || mode & 0o040 != 0 && !groups.contains(group)
        guard mode & 0o007 != 0 || isOpenToGroup else { return nil }
        return "\(name) can be read or changed by others (mode 0\(String(mode & 0o777, radix: 8))): chmod 600 \(file); "
            + "for a Kubernetes secret set defaultMode: 0440 and fsGroup"
    }

    /// The groups of this process (proc_pid_status(5)).
    private static var groups: Set<UInt32> {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let lines = status.split(separator: "\n").filter { $0.hasPrefix("Groups:") }
        return Set(lines.flatMap { $0.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) } } + [getegid()])
    }
}
