import Foundation
import TestSupport
import Testing

/// A directory on a disk that loses what was not synchronised: see Tests/CForgetfulDisk.
final class ForgetfulDisk {
    /// What a power loss left of the operations that were not synchronised.
    enum Rest: Sendable {
        /// Nothing.
        case nothing
        /// Of each file's writes and each directory's names the first few, of the next write the first half.
        case some(seed: UInt64)
    }

    /// What was taken back.
    struct Loss {
        var writes = 0
        var names = 0
        var files: Set<String> = []

        static func += (total: inout Loss, other: Loss) {
            total.writes += other.writes
            total.names += other.names
            total.files.formUnion(other.files)
        }
    }

    private let directory: TemporaryDirectory
    private let log: TemporaryDirectory

    init(for directory: TemporaryDirectory) throws {
        self.directory = directory
        log = try TemporaryDirectory()
    }

    private static let library = URL(filePath: Longscan.path).deletingLastPathComponent().path + "/libForgetfulDisk.so"

    /// Of processes that write to it.
    var environment: [String: String] {
        ["LD_PRELOAD": Self.library, "FORGETFUL_DISK": directory.path, "FORGETFUL_DISK_LOG": log.path]
    }

    /// Takes back what was not synchronised. The processes that wrote are dead.
    func losePower(leaving rest: Rest) throws -> Loss {
        let lost = try unsynchronized(leaving: rest)
        var loss = Loss()
        for (record, isTorn) in lost.reversed() where try undo(record, isTorn: isTorn) {
            if record.kind == .write {
                loss.writes += 1
                loss.files.insert(name(of: record.inode))
            } else {
                loss.names += 1
                loss.files.insert(record.path)
            }
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: log.path) {
            try FileManager.default.removeItem(atPath: log.path(file))
        }
        return loss
    }

    // MARK: - The log

    private enum Kind: UInt32 { case write = 1, sync, create, unlink, rename, makeDirectory, removeDirectory }

    /// As ForgetfulDisk.h describes it.
    private struct Record {
        let kind: Kind
        let inode, directory, offset, length, size: UInt64
        let path, other: String
        let data: Data

        /// The file or directory whose synchronisation makes it last.
        var owner: UInt64 { kind == .write ? inode : directory }

        private static let headerSize = 4 * 4 + 5 * 8

        /// - Returns: `nil` for a record that the writer did not live to complete: nothing was done then.
        init?(_ log: Data, at start: inout Int) throws {
            guard log.count - start >= Self.headerSize else { return nil }
            func number(_ offset: Int, _ count: Int) -> UInt64 {
                (0..<count).reduce(0) { $0 | UInt64(log[start + offset + $1]) << (8 * UInt64($1)) }
            }
            guard let kind = Kind(rawValue: UInt32(number(0, 4))) else { throw Failure("a record of no kind") }
            let lengths = [4, 8, 12].map { Int(number($0, 4)) }
            guard log.count - start - Self.headerSize >= lengths.reduce(0, +) else { return nil }
            var parts: [Data] = []
            var place = start + Self.headerSize
            for length in lengths {
                parts.append(log[place..<place + length])
                place += length
            }
            self.kind = kind
            (inode, directory, offset) = (number(16, 8), number(24, 8), number(32, 8))
            (length, size) = (number(40, 8), number(48, 8))
            (path, other) = (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
            data = parts[2]
            start = place
        }
    }

    /// Operations that are lost, and whether the first half of what they wrote is left.
    private func unsynchronized(leaving rest: Rest) throws -> [(Record, isTorn: Bool)] {
        guard let bytes = FileManager.default.contents(atPath: log.path("log")) else {
            throw Failure("nothing was logged: \(Self.library) was not loaded")
        }
        var pending: [Record] = []
        var place = 0
        while let record = try Record(bytes, at: &place) {
            if record.kind == .sync {
                pending.removeAll { $0.owner == record.inode }
            } else {
                pending.append(record)
            }
        }
        guard case .some(let seed) = rest else { return pending.map { ($0, false) } }
        var random = SplitMix64(seed: seed)
        var counts: [UInt64: Int] = [:]
        for record in pending { counts[record.owner, default: 0] += 1 }
        var kept: [UInt64: Int] = [:]
        for (owner, count) in counts.sorted(by: { $0.key < $1.key }) {
            kept[owner] = Int.random(in: 0...count, using: &random)
        }
        var seen: [UInt64: Int] = [:]
        return pending.compactMap { record in
            let number = seen[record.owner, default: 0]
            seen[record.owner] = number + 1
            let first = kept[record.owner] ?? 0
            return number < first ? nil : (record, number == first)
        }
    }

    // MARK: - Undoing

    /// - Returns: whether there was anything to undo: the writer may have died before it did what it had logged.
    private func undo(_ record: Record, isTorn: Bool) throws -> Bool {
        let files = FileManager.default
        switch record.kind {
        case .write:
            return try undoWrite(record, isTorn: isTorn)
        case .sync:
            return false
        case .create, .makeDirectory:
            guard files.fileExists(atPath: record.path) else { return false }
            try files.removeItem(atPath: record.path)
        case .unlink:
            guard !files.fileExists(atPath: record.path) else { return false }
            try files.linkItem(atPath: log.path("\(record.inode)"), toPath: record.path)
        case .removeDirectory:
            guard !files.fileExists(atPath: record.path) else { return false }
            try files.createDirectory(atPath: record.path, withIntermediateDirectories: false)
        case .rename:
            guard inode(record.other) == record.inode else { return false }
            try files.moveItem(atPath: record.other, toPath: record.path)
            if record.offset != 0 {
                try files.linkItem(atPath: log.path("\(record.offset)"), toPath: record.other)
            }
        }
        return true
    }

    private func undoWrite(_ record: Record, isTorn: Bool) throws -> Bool {
        guard let file = FileHandle(forUpdatingAtPath: log.path("\(record.inode)")) else {
            throw Failure("a file that was written to is not in the log's directory: \(record)")
        }
        defer { try? file.close() }
        var torn = Data()
        if isTorn {
            try file.seek(toOffset: record.offset)
            torn = try file.read(upToCount: Int(record.length / 2)) ?? Data()
        }
        try file.seek(toOffset: record.offset)
        try file.write(contentsOf: record.data)
        try file.truncate(atOffset: record.size)
        if !torn.isEmpty {
            try file.seek(toOffset: record.offset)
            try file.write(contentsOf: torn)
        }
        return true
    }

    private func inode(_ path: String) -> UInt64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value
    }

    /// A file's name now, as people know it.
    private func name(of inode: UInt64) -> String {
        let all = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return all.first { self.inode(directory.path($0)) == inode } ?? "a removed file"
    }
}
