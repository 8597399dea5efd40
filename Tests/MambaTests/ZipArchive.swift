/// Writes zip archives as `torch.save` does, and wrong ones: entries are stored, and their bytes start at a multiple of
/// 64.
struct ZipArchive {
    struct Entry {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0x0808
        var disk: UInt16 = 0
        /// What the directory says of the size, if not the truth.
        var statedSize: Int?
    }

    var entries: [Entry]
    /// Sizes and offsets in 64 bits, with all ones where they have 32.
    var isZip64 = false
    var comment: [UInt8] = []

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func pad(_ extra: Int) -> [UInt8] {
        number(UInt16(0x4246)) + number(UInt16(extra)) + [UInt8](repeating: 0x5a, count: extra)
    }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = file.count
            let name = Array(entry.name.utf8)
            let unpadded = offset + 30 + name.count + 4
            let extra = Self.pad((64 - unpadded % 64) % 64)
            file += [0x50, 0x4b, 3, 4, 0, 0] + Self.number(entry.flags) + Self.number(entry.method)
            // Time, date, checksum and both sizes: those of a streamed entry follow its bytes.
            file +=
                [UInt8](repeating: 0, count: 16) + Self.number(UInt16(name.count)) + Self.number(UInt16(extra.count))
            file += name + extra + entry.bytes
            let size = entry.statedSize ?? entry.bytes.count
            let wide =
                isZip64
                ? Self.number(UInt64(size)) + Self.number(UInt64(entry.bytes.count)) + Self.number(UInt64(offset)) : []
            let field =
                isZip64
                ? Self.number(UInt16(9)) + [0, 0] + Self.number(UInt16(1)) + Self.number(UInt16(wide.count)) + wide : []
            directory += [0x50, 0x4b, 1, 2, 0, 0, 0, 0] + Self.number(entry.flags) + Self.number(entry.method)
            directory += [UInt8](repeating: 0, count: 8)
            directory += Self.number(isZip64 ? UInt32.max : UInt32(entry.bytes.count))
            directory += Self.number(isZip64 ? UInt32.max : UInt32(size))
            directory += Self.number(UInt16(name.count)) + Self.number(UInt16(field.count)) + [0, 0]
            directory += Self.number(entry.disk) + [UInt8](repeating: 0, count: 6)
            directory += Self.number(isZip64 ? UInt32.max : UInt32(offset)) + name + field
        }
        return file + directory + end(directoryAt: file.count, bytes: directory.count)
    }

    private func end(directoryAt offset: Int, bytes: Int) -> [UInt8] {
        var end: [UInt8] = []
        if isZip64 {
            end += [0x50, 0x4b, 6, 6] + Self.number(UInt64(44)) + [UInt8](repeating: 0, count: 12)
            end += Self.number(UInt64(entries.count)) + Self.number(UInt64(entries.count))
            end += Self.number(UInt64(bytes)) + Self.number(UInt64(offset))
            end += [0x50, 0x4b, 6, 7, 0, 0, 0, 0] + Self.number(UInt64(offset + bytes)) + [1, 0, 0, 0]
        }
        let count = isZip64 ? UInt16.max : UInt16(entries.count)
        end += [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + Self.number(count) + Self.number(count)
        end += Self.number(isZip64 ? UInt32.max : UInt32(bytes)) + Self.number(isZip64 ? UInt32.max : UInt32(offset))
        return end + Self.number(UInt16(comment.count)) + comment
    }
}
