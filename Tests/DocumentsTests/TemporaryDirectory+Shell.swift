import Foundation
import TestSupport
import Testing

extension TemporaryDirectory {
    /// Runs commands in the directory, for what Foundation has no calls for.
    func shell(_ commands: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", commands]
        process.currentDirectoryURL = URL(filePath: path)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(commands)")
    }

    /// Writes bytes into a named pipe as soon as somebody reads it.
    func pour(_ bytes: [UInt8], into name: String) throws {
        try shell("mkfifo \(name)")
        let pipe = URL(filePath: path + "/" + name)
        Thread.detachNewThread {
            let writer = try? FileHandle(forWritingTo: pipe)
            try? writer?.write(contentsOf: Data(bytes))
            try? writer?.close()
        }
    }
}
