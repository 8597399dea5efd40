internal import Bytes

/// The arrays of a message to send, in the order of its frames.
struct ArrayWriter {
    private var headers: [(name: ArrayName, type: ArrayType)] = []
    private(set) var frames: [[UInt8]] = []

    /// The list of the arrays, as the first member of a JSON header. It is built without JSONEncoder, which would take
    /// as long for it as for the rest of a step's header.
    var member: String {
        let list = headers.map { "{\"name\":\"\($0.name.rawValue)\",\"type\":\"\($0.type.rawValue)\"}" }
        return "\"arrays\":[\(list.joined(separator: ","))]"
    }

    init() {}

    /// The arrays of a message that has a snapshot alone, or none.
    init(snapshot: FrameBytes?) {
        if let snapshot { append(.snapshot, .uint8, snapshot.bytes) }
    }

    mutating func append<Element: ArrayElement>(_ name: ArrayName, _ elements: [Element]) {
        append(name, Element.arrayType, LittleEndian.bytes(of: elements))
    }

    /// Appends an array that is bytes already.
    mutating func append(_ name: ArrayName, _ type: ArrayType, _ bytes: [UInt8]) {
        headers.append((name, type))
        frames.append(bytes)
    }
}
