import FoundationEssentials

/// Frames as files under `Fixtures/Frames`: a line a frame, the first three as text, arrays as hexadecimal digits.
enum GoldenFrames {
    static let directory =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/Frames/"

    static func names(in subdirectory: String) throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: directory + subdirectory)
        return Set(files.map { String($0.dropLast(".frames".count)) })
    }

    static func lines(_ name: String) throws -> [String] {
        let text = try String(decoding: Data(contentsOf: URL(filePath: directory + name + ".frames")), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    static func lines(of frames: [[UInt8]]) -> [String] {
        frames.enumerated().map { index, frame in
            index < 3 ? String(decoding: frame, as: UTF8.self) : frame.map(hexadecimal).joined()
        }
    }

    static func frames(of lines: [String]) -> [[UInt8]] {
        lines.enumerated().map { index, line in
            index < 3 ? Array(line.utf8) : bytes(ofHexadecimal: line[...])
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func bytes(ofHexadecimal digits: Substring) -> [UInt8] {
        var digits = digits
        var bytes: [UInt8] = []
        while let byte = UInt8(digits.prefix(2), radix: 16) {
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}
