import Coordination
import Glibc

/// An endpoint that only this user reaches: a socket file in a fresh folder of mode 0700.
struct PrivateEndpoint {
    /// `ipc://` and the path of the socket.
    let endpoint: String
    private static let scheme = "ipc://"
    /// sockaddr_un.sun_path holds so many bytes, the NUL at its end among them (unix(7)).
    private static let longestPath = 107

    /// Makes the folder, where the system keeps what belongs to a session, or where temporary files lie.
    /// - Throws: `SystemCallError` for the last place that was tried.
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

    /// Removes socket and folder of an endpoint of this kind, if they are there; any other endpoint has none.
    ///
    /// Whoever ends last does it: when one process is killed, the other one is left to do it.
    static func remove(_ endpoint: String) {
        guard endpoint.hasPrefix(scheme), endpoint.hasSuffix(socketName) else { return }
        let path = String(endpoint.dropFirst(scheme.count))
        unsafe unlink(path)
        unsafe rmdir(String(path.dropLast(socketName.count)))
    }
}
