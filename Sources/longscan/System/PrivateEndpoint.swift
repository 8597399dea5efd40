import Coordination
import Glibc

/// An endpoint that only this user reaches: a socket file in a fresh folder of mode 0700.
struct PrivateEndpoint {
    /// `ipc://` and the path of the socket.
    let endpoint: String
    private static let scheme = "ipc://"
    /// The most bytes of a path in sockaddr_un.sun_path, without the NUL at its end (unix(7)).
    private static let longestPath = 107

    /// Makes the folder in the directory of the user's session, or among temporary files.
    /// - Throws: `SystemCallError` for the last directory that was tried.
    init() throws(SystemCallError) {
        let places = ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap(Environment.string) + ["/tmp"]
        var failure = SystemCallError("make a folder for the coordinator's socket", code: ENAMETOOLONG)
        for place in places {
            let folder = place + "/longscan-XXXXXX"
            guard folder.utf8.count + Self.socketName.utf8.count <= Self.longestPath else { continue }
            var template = Array(folder.utf8CString)
            if unsafe mkdtemp(&template) != nil {
                let made = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                endpoint = Self.scheme + String(decoding: made, as: UTF8.self) + Self.socketName
                return
            }
            failure = SystemCallError("make a folder for the coordinator's socket in \(place)", code: errno)
        }
        throw failure
    }

    private static let socketName = "/coordinator"

    /// Removes the socket and the folder of such an endpoint, if they exist. Another endpoint has none.
    ///
    /// The last process that ends does it: if one process was killed, the other is left to do it.
    static func remove(_ endpoint: String) {
        guard endpoint.hasPrefix(scheme), endpoint.hasSuffix(socketName) else { return }
        let path = String(endpoint.dropFirst(scheme.count))
        unsafe unlink(path)
        unsafe rmdir(String(path.dropLast(socketName.count)))
    }
}
