import Foundation

/// Whether a file is kept secret: nobody but its owner may change it, and nobody else may read it but groups of this
/// process, as a Kubernetes secret of a pod with `fsGroup` has it.
enum SecretFile {
    /// What is wrong with the rights of a file, and what to do.
    /// - Parameter path: may be a symbolic link: what counts are the rights of the file that it leads to.
    /// - Returns: `nil` for a secret file, and for what is no file, such as a pipe.
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

    /// Of this process (proc_pid_status(5)).
    private static var groups: Set<UInt32> {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let lines = status.split(separator: "\n").filter { $0.hasPrefix("Groups:") }
        return Set(lines.flatMap { $0.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) } } + [getegid()])
    }
}
