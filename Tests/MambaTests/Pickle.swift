/// Assembles pickles, opcode by opcode, as `torch.save` writes them in protocol 2.
struct Pickle {
    var bytes: [UInt8] = [0x80, 2]

    private mutating func add(_ opcode: Character, _ argument: [UInt8] = []) {
        bytes += [opcode.asciiValue!] + argument
    }

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    mutating func opcode(_ byte: UInt8, _ argument: [UInt8] = []) { bytes += [byte] + argument }

    mutating func text(_ text: String) { add("X", Self.number(UInt32(text.utf8.count)) + Array(text.utf8)) }

    /// In the shortest of the forms that Python's pickler uses.
    mutating func integer(_ value: Int) {
        switch value {
        case 0..<256: add("K", [UInt8(value)])
        case 256..<65536: add("M", Self.number(UInt16(value)))
        case Int(Int32.min)...Int(Int32.max): add("J", Self.number(Int32(value)))
        default: opcode(0x8a, [8] + Self.number(Int64(value)))
        }
    }

    mutating func global(_ module: String, _ name: String) { add("c", Array("\(module)\n\(name)\n".utf8)) }

    mutating func mark() { add("(") }
    mutating func tuple() { add("t") }
    mutating func reduce() { add("R") }
    mutating func stop() { add(".") }
    mutating func emptyDictionary() { add("}") }
    mutating func setItems() { add("u") }

    mutating func integers(_ values: [Int]) {
        mark()
        for value in values { integer(value) }
        tuple()
    }

    mutating func orderedDictionary() {
        global("collections", "OrderedDict")
        add(")")
        reduce()
    }

    mutating func storage(_ type: String, _ key: String, _ count: Int) {
        mark()
        text("storage")
        global("torch", type)
        text(key)
        text("cpu")
        integer(count)
        tuple()
        add("Q")
    }

    mutating func tensor(
        _ type: String = "FloatStorage", key: String = "0", count: Int, offset: Int = 0, shape: [Int], strides: [Int]
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        mark()
        storage(type, key, count)
        integer(offset)
        integers(shape)
        integers(strides)
        opcode(0x89)
        orderedDictionary()
        tuple()
        reduce()
    }

    /// The pickle of a dictionary with one tensor, `a`.
    static func dictionary(of build: (inout Pickle) -> Void) -> [UInt8] {
        var pickle = Pickle()
        pickle.emptyDictionary()
        pickle.mark()
        pickle.text("a")
        build(&pickle)
        pickle.setItems()
        pickle.stop()
        return pickle.bytes
    }
}

extension ZipArchive {
    /// A file of `torch.save` with a pickle and one storage.
    static func pyTorch(_ pickle: [UInt8], storage: [UInt8] = [], byteOrder: String = "little") -> ZipArchive {
        ZipArchive(entries: [
            Entry(name: "archive/data.pkl", bytes: pickle),
            Entry(name: "archive/byteorder", bytes: Array(byteOrder.utf8)),
            Entry(name: "archive/data/0", bytes: storage), Entry(name: "archive/version", bytes: Array("3\n".utf8)),
        ])
    }
}
