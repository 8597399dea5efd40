import FoundationEssentials
import Jobs

/// A directory of a test's own, removed when the test is over.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/longscan-daemon-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, its directories if need be, and returns its absolute path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        let directory = String(file[..<file.lastIndex(of: "/")!])
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    /// Puts bytes at the end of a file.
    func append(_ text: String, to name: String) throws {
        try write(self.text(of: name) + text, to: name)
    }

    /// Leaves the first bytes of a file and puts others behind them.
    func cut(_ name: String, to length: Int, appending text: String = "") throws {
        let file = URL(filePath: path + "/" + name)
        try (Data(contentsOf: file).prefix(length) + Data(text.utf8)).write(to: file)
    }

    func text(of name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path + "/" + name)), as: UTF8.self)
    }

    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/" + name)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    /// A name in this directory for the device that takes nothing: removing it removes the name alone.
    func linkToFullDevice(_ name: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: "/dev/full")
    }

    func linkToNothing(_ name: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: path + "/nothing")
    }

    /// An input of a job file that lies in this directory.
    func input(_ asGiven: String) -> Job.Input {
        Job.Input(asGiven: asGiven, path: path + "/" + asGiven)
    }
}
