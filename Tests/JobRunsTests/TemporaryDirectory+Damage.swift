import FoundationEssentials
import TestSupport

extension TemporaryDirectory {
    /// Puts bytes at the end of a file.
    func append(_ text: String, to name: String) throws {
        try write(self.text(name) + text, to: name)
    }

    /// Leaves the first bytes of a file and puts others behind them.
    func cut(_ name: String, to length: Int, appending text: String = "") throws {
        let file = URL(filePath: path + "/" + name)
        try (Data(contentsOf: file).prefix(length) + Data(text.utf8)).write(to: file)
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
}
