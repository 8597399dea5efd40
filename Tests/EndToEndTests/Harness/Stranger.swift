import Foundation

/// Somebody who reaches a coordinator's port and is no peer of this program.
struct Stranger {
    /// Greetings of ZMTP with one mechanism (ZeroMQ RFC 37).
    static func greeting(_ mechanism: String) -> [UInt8] {
        let name = Array(mechanism.utf8) + [UInt8](repeating: 0, count: 20 - mechanism.utf8.count)
        return [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 3, 1] + name + [UInt8](repeating: 0, count: 32)
    }

    /// What a DEALER says that has no keys.
    static let ready: [UInt8] = {
        let body = Array("\u{5}READY\u{B}Socket-Type".utf8) + [0, 0, 0, 6] + Array("DEALER".utf8)
        return [4, UInt8(body.count)] + body
    }()

    /// The head of a frame of so many bytes.
    /// - Parameter flags: 1: more frames follow; 4: a command.
    static func head(_ flags: UInt8, bytes: Int) -> [UInt8] {
        [flags | 2] + (0..<8).map { UInt8(truncatingIfNeeded: bytes >> (56 - 8 * $0)) }
    }

    private let connection: Descriptor

    /// - Parameter endpoint: `tcp://127.0.0.1:PORT`.
    init(at endpoint: String) throws {
        let port = endpoint.split(separator: ":").last.flatMap { UInt16($0) }
        guard let port, let connection = Descriptor.connected(to: port) else { throw Failure("nobody at \(endpoint)") }
        self.connection = connection
    }

    /// Writes bytes; those that are not taken at once are lost.
    func say(_ bytes: [UInt8]) {
        _ = connection.write(bytes)
    }

    /// Writes bytes again and again until the other side has closed, and passes over what it says.
    /// - Returns: how many bytes were taken.
    func sayWithoutEnd(_ bytes: [UInt8]) throws -> Int {
        let deadline = Date(timeIntervalSinceNow: LineLog.patience)
        var taken = 0
        while Date() < deadline {
            guard let count = connection.write(bytes[(taken % bytes.count)...].prefix(1 << 20).map(\.self)) else {
                return taken
            }
            taken += count
            if count > 0 { continue }
            connection.waitUntilWritable()
        }
        throw Failure("\(taken) bytes, and the coordinator goes on listening")
    }
}
