import Documents
import Foundation
import TestSupport
import Testing

@Suite struct SpoolTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/spool" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: [1, 7, 100, 10_000])
    func elementsAreThereInMemoryAndOnDisk(_ memoryLimit: Int) throws {
        let spool = Spool<Int32>(path: path, memoryLimit: memoryLimit)
        var expected: [Int32] = []
        for batch in 0..<20 {
            let new = (0..<batch).map { Int32($0 * batch - 50) }
            try spool.append(new)
            expected += new
            #expect(spool.count == expected.count)
            #expect(try spool.elements(0..<expected.count) == expected)
        }
        #expect(FileManager.default.fileExists(atPath: path) == (expected.count > memoryLimit))
        #expect(try spool.elements(17..<59) == Array(expected[17..<59]))
        var pieces: [Int32] = []
        try spool.forEachPiece {
            #expect($0.count <= memoryLimit)
            pieces += $0
        }
        #expect(pieces == expected)
    }

    @Test(arguments: [2, 100])
    func aSpoolCanStartAgain(_ memoryLimit: Int) throws {
        let spool = Spool<UInt8>(path: path, memoryLimit: memoryLimit)
        try spool.append([1, 2, 3])
        try spool.truncate(to: 0)
        #expect(spool.count == 0)
        try spool.append([4, 5])
        #expect(try spool.elements(0..<2) == [4, 5])
    }

    @Test func theFileGoesWithTheSpool() throws {
        do {
            let spool = Spool<Int64>(path: path, memoryLimit: 0)
            try spool.append([1])
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [1, 100]) func whatWasSynchronizedIsThereForAnotherProcess(_ memoryLimit: Int) throws {
        do {
            let spool = Spool<Int32>(path: path, memoryLimit: memoryLimit)
            try spool.append([1, 2, 3])
            try spool.synchronize()
            try spool.append([4])
        }
        let again = try Spool<Int32>(path: path, keeping: 3)
        #expect(again.count == 3)
        try again.append([5])
        #expect(try again.elements(0..<4) == [1, 2, 3, 5])
        #expect(throws: FileError.self) { try Spool<Int32>(path: path, keeping: 5) }
        again.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aFullDiskIsAnError() throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
        let spool = Spool<UInt8>(path: path, memoryLimit: 0)
        #expect(throws: FileError(.write, path, .system(code: ENOSPC))) { try spool.append([1]) }
    }
}
