import Foundation

/// The first row of an errors file.
enum FirstErrorRow {
    private static let mostBytes = 65536

    /// An error row of longscan, or of an OpenAI batch line (documentation, "Rows").
    private struct Row: Decodable {
        struct Failure: Decodable {
            var message: String
        }

        struct Response: Decodable {
            struct Body: Decodable {
                var error: Failure?
            }

            var body: Body?
        }

        var source: String?
        var message: String?
        var error: Failure?
        var response: Response?
    }

    /// - Returns: the source and the message; `nil` if they cannot be read.
    static func message(in path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: mostBytes),
            let line = data.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first,
            let row = try? JSONDecoder().decode(Row.self, from: line),
            let message = row.message ?? row.error?.message ?? row.response?.body?.error?.message
        else { return nil }
        return row.source.map { "\($0): \(message)" } ?? message
    }
}
