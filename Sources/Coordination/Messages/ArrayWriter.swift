internal import Bytes

/// The arrays of a message on its way out, in the order of its frames.
struct ArrayWriter {
    private(set) var headers: [ArrayHeader] = []
    private(set) var frames: [[UInt8]] = []

    init() {}

    /// The arrays of a message that has a state alone, or none.
    init(snapshot: [UInt8]?) {
        if let snapshot { append(.snapshot, .uint8, snapshot) }
    }

    mutating func append<Element: ArrayElement>(_ name: ArrayName, _ elements: [Element]) {
        append(name, Element.arrayType, LittleEndian.bytes(of: elements))
    }

    /// An array that is written already.
    mutating func append(_ name: ArrayName, _ type: ArrayType, _ bytes: [UInt8]) {
        headers.append(ArrayHeader(name: name.rawValue, type: type.rawValue))
        frames.append(bytes)
    }
}
