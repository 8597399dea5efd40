/// The supported pickle opcodes: those with which `torch.save` writes a dictionary of tensors.
enum PickleOpcode: UInt8 {
    case mark = 0x28
    case emptyTuple = 0x29
    case stop = 0x2e
    case binInt = 0x4a
    case binInt1 = 0x4b
    case binInt2 = 0x4d
    case none = 0x4e
    case binPersID = 0x51
    case reduce = 0x52
    case binUnicode = 0x58
    case build = 0x62
    case global = 0x63
    case binGet = 0x68
    case longBinGet = 0x6a
    case binPut = 0x71
    case longBinPut = 0x72
    case setItem = 0x73
    case tuple = 0x74
    case setItems = 0x75
    case emptyDict = 0x7d
    case proto = 0x80
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8a
    case shortBinUnicode = 0x8c
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95

    /// The name of any opcode, as in Python's `Lib/pickletools.py`.
    static func name(of byte: UInt8) -> String {
        otherNames[byte] ?? "0x" + String(byte, radix: 16)
    }

    private static let otherNames: [UInt8: String] = [
        0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x42: "BINBYTES", 0x43: "SHORT_BINBYTES", 0x46: "FLOAT",
        0x47: "BINFLOAT", 0x49: "INT", 0x4c: "LONG", 0x50: "PERSID", 0x53: "STRING", 0x54: "BINSTRING",
        0x55: "SHORT_BINSTRING", 0x56: "UNICODE", 0x5d: "EMPTY_LIST", 0x61: "APPEND", 0x64: "DICT", 0x65: "APPENDS",
        0x67: "GET", 0x69: "INST", 0x6c: "LIST", 0x6f: "OBJ", 0x70: "PUT", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2",
        0x84: "EXT4", 0x8b: "LONG4", 0x8d: "BINUNICODE8", 0x8e: "BINBYTES8", 0x8f: "EMPTY_SET", 0x90: "ADDITEMS",
        0x91: "FROZENSET", 0x92: "NEWOBJ_EX", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
    ]
}
