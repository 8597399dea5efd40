/// The directory of a zip archive without compression, as `torch.save` writes it.
///
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5, zip64 included. Sizes are those of the central directory:
/// local headers of streamed entries have none.
struct ZipDirectory {
    /// The range of each entry's bytes in the file, by the entry's name.
    private(set) var entries: [String: Range<Int>] = [:]

    /// Whether the file begins with a local header. An archive without entries does not.
    static func begins(_ file: MappedFile) -> Bool {
        file.count >= 4 && file.bytes(0..<4) == [0x50, 0x4b, 3, 4]
    }

    /// - Throws: `ModelError.malformed`, which names the entry and the problem.
    init(_ file: MappedFile) throws(ModelError) {
        let archive = Archive(file: file)
        let end = try archive.end()
        var reader = ByteReader(file.bytes(end.directory)[...])
        for _ in 0..<end.entries {
            let entry = try archive.entry(&reader)
            guard
                entries.updateValue(try archive.data(of: entry, before: end.directory.lowerBound), forKey: entry.name)
                    == nil
            else { throw archive.malformed("it has two entries \(entry.name)") }
        }
        guard reader.remaining == 0 else {
            throw archive.malformed("its directory has \(reader.remaining) bytes after its last entry")
        }
    }
}

/// Reads an archive's directory.
private struct Archive {
    let file: MappedFile

    /// The sizes of the records in bytes, without the parts of variable length.
    private static let endBytes = 22
    private static let zip64EndBytes = 56
    private static let zip64LocatorBytes = 20
    private static let entryBytes = 46
    private static let headerBytes = 30
    private static let mostCommentBytes = 65535

    struct End {
        var entries: Int
        var directory: Range<Int>
    }

    struct Entry {
        var name: String
        var size: UInt64
        var headerOffset: UInt64
    }

    func malformed(_ reason: String) -> ModelError {
        .malformed(file: file.path, reason: "as a zip archive: \(reason)")
    }

    private var cutShort: ModelError { malformed("it is cut short or damaged") }

    // MARK: - The end of the archive, 4.3.14 to 4.3.16

    func end() throws(ModelError) -> End {
        let tail = file.bytes(max(0, file.count - Self.endBytes - Self.mostCommentBytes)..<file.count)
        let first = file.count - tail.count
        guard tail.count >= Self.endBytes,
            let at = (0...tail.count - Self.endBytes).last(where: {
                tail[$0..<$0 + 4].elementsEqual([0x50, 0x4b, 5, 6])
                    && tail.count - $0 - Self.endBytes == Int(tail[$0 + 20]) | Int(tail[$0 + 21]) << 8
            })
        else { throw malformed("it has no end of its directory: it is cut short") }
        var reader = ByteReader(tail[(at + 4)...])
        guard let disk = reader.number(UInt16.self), let firstDisk = reader.number(UInt16.self),
            let entriesHere = reader.number(UInt16.self), let entries = reader.number(UInt16.self),
            let size = reader.number(UInt32.self), let offset = reader.number(UInt32.self)
        else { throw cutShort }
        if let zip64 = try zip64End(before: first + at) { return zip64 }
        guard disk == 0, firstDisk == 0, entriesHere == entries else { throw malformed("it spans several files") }
        return try end(entries: UInt64(entries), size: UInt64(size), offset: UInt64(offset), upTo: first + at)
    }

    private func zip64End(before end: Int) throws(ModelError) -> End? {
        guard end >= Self.zip64LocatorBytes else { return nil }
        var locator = ByteReader(file.bytes(end - Self.zip64LocatorBytes..<end)[...])
        guard locator.number(UInt32.self) == 0x0706_4b50 else { return nil }
        guard let disk = locator.number(UInt32.self), let offset = locator.number(UInt64.self),
            let disks = locator.number(UInt32.self)
        else { throw cutShort }
        guard disk == 0, disks <= 1 else { throw malformed("it spans several files") }
        guard let start = Int(exactly: offset), start <= end - Self.zip64LocatorBytes - Self.zip64EndBytes else {
            throw cutShort
        }
        var record = ByteReader(file.bytes(start..<start + Self.zip64EndBytes)[...])
        guard record.number(UInt32.self) == 0x0606_4b50, record.bytes(12) != nil,
            let here = record.number(UInt32.self), let firstDisk = record.number(UInt32.self),
            let entriesHere = record.number(UInt64.self), let entries = record.number(UInt64.self),
            let size = record.number(UInt64.self), let directory = record.number(UInt64.self)
        else { throw cutShort }
        guard here == 0, firstDisk == 0, entriesHere == entries else { throw malformed("it spans several files") }
        return try self.end(entries: entries, size: size, offset: directory, upTo: start)
    }

    private func end(entries: UInt64, size: UInt64, offset: UInt64, upTo end: Int) throws(ModelError) -> End {
        // The size of the directory bounds the number of entries. A count that does not fit is refused before anything
        // is read.
        guard let size = Int(exactly: size), let offset = Int(exactly: offset), size <= end, offset == end - size,
            entries <= UInt64(size / Self.entryBytes)
        else { throw malformed("its directory of \(entries) entries is not where it should be") }
        return End(entries: Int(entries), directory: offset..<end)
    }

    // MARK: - Entries, 4.3.12 and 4.5.3

    func entry(_ reader: inout ByteReader) throws(ModelError) -> Entry {
        guard reader.number(UInt32.self) == 0x0201_4b50, reader.bytes(4) != nil,
            let flags = reader.number(UInt16.self), let method = reader.number(UInt16.self), reader.bytes(8) != nil,
            let compressed = reader.number(UInt32.self), let size = reader.number(UInt32.self),
            let nameBytes = reader.number(UInt16.self), let extraBytes = reader.number(UInt16.self),
            let commentBytes = reader.number(UInt16.self), let disk = reader.number(UInt16.self),
            reader.bytes(6) != nil, let offset = reader.number(UInt32.self),
            let name = reader.text(Int(nameBytes)), let extra = reader.bytes(Int(extraBytes)),
            reader.bytes(Int(commentBytes)) != nil
        else { throw cutShort }
        // The bits 0, 6 and 13 mean encryption, strong encryption and an encrypted directory.
        guard flags & 0x2041 == 0 else { throw malformed("entry \(name) is encrypted") }
        guard method == 0 else {
            throw malformed("entry \(name) is compressed; torch.save stores its entries as they are")
        }
        var wide = Self.zip64Numbers(extra)
        guard let fullSize = size == .max ? wide.number(UInt64.self) : UInt64(size),
            let fullCompressed = compressed == .max ? wide.number(UInt64.self) : UInt64(compressed),
            let fullOffset = offset == .max ? wide.number(UInt64.self) : UInt64(offset)
        else { throw malformed("entry \(name) lacks its size") }
        guard disk == 0 || disk == 0xffff else { throw malformed("it spans several files") }
        guard fullSize == fullCompressed else {
            throw malformed("entry \(name) has \(fullSize) bytes, and \(fullCompressed) are stored")
        }
        return Entry(name: name, size: fullSize, headerOffset: fullOffset)
    }

    /// The 64-bit numbers of the extra field. They replace those that do not fit 32 bits.
    private static func zip64Numbers(_ extra: ArraySlice<UInt8>) -> ByteReader {
        var fields = ByteReader(extra)
        while let id = fields.number(UInt16.self), let count = fields.number(UInt16.self),
            let field = fields.bytes(Int(count))
        {
            if id == 1 { return ByteReader(field) }
        }
        return ByteReader([])
    }

    /// The range of an entry's bytes, between its local header (4.3.7) and the directory.
    func data(of entry: Entry, before directory: Int) throws(ModelError) -> Range<Int> {
        guard let header = Int(exactly: entry.headerOffset), header <= directory, directory - header >= Self.headerBytes
        else {
            throw malformed("entry \(entry.name) is outside of the file")
        }
        var reader = ByteReader(
            file.bytes(header..<min(directory, header + Self.headerBytes + entry.name.utf8.count))[...])
        guard reader.number(UInt32.self) == 0x0403_4b50, reader.bytes(4) != nil, reader.number(UInt16.self) == 0,
            reader.bytes(16) != nil, let nameBytes = reader.number(UInt16.self),
            let extraBytes = reader.number(UInt16.self), reader.text(Int(nameBytes)) == entry.name
        else { throw malformed("entry \(entry.name) is not where the directory says") }
        let start = header + Self.headerBytes + Int(nameBytes) + Int(extraBytes)
        guard start <= directory, entry.size <= UInt64(directory - start) else {
            throw malformed("entry \(entry.name) of \(entry.size) bytes is outside of the file")
        }
        return start..<start + Int(entry.size)
    }
}
