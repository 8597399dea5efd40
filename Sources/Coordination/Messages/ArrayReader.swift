internal import Bytes

/// The arrays of a received message, taken by name. An array that nobody takes is an error in the end.
struct ArrayReader {
    private let kind: String
    private var rest: [(header: ArrayHeader, bytes: FrameBytes)] = []

    /// - Parameters:
    ///   - headers: the entries of the arrays in the message's header.
    ///   - frames: the frames after the header.
    init(kind: String, _ headers: [ArrayHeader], frames: ArraySlice<FrameBytes>) throws(FrameCoding.DecodingError) {
        self.kind = kind
        guard headers.count == frames.count else {
            throw .malformed(kind: kind, reason: "\(frames.count) arrays where \(headers.count) are named")
        }
        for (header, bytes) in zip(headers, frames) {
            guard !rest.contains(where: { $0.header.name == header.name }) else {
                throw .malformed(kind: kind, reason: "two arrays with the name '\(header.name)'")
            }
            rest.append((header, bytes))
        }
    }

    /// Takes an array as its bytes.
    /// - Returns: `nil` if there is no array of this name.
    /// - Throws: `FrameCoding.DecodingError` if the array has another type.
    mutating func take(_ name: ArrayName, _ type: ArrayType) throws(FrameCoding.DecodingError) -> FrameBytes? {
        guard let place = rest.firstIndex(where: { $0.header.name == name.rawValue }) else { return nil }
        let array = rest.remove(at: place)
        guard array.header.type == type.rawValue else {
            throw error(name, "has the type '\(array.header.type)' where '\(type.rawValue)' belongs")
        }
        return array.bytes
    }

    /// Takes an array.
    /// - Parameter count: the count of numbers that the array must have; `nil`: any.
    /// - Returns: `nil` if there is no array of this name.
    /// - Throws: `FrameCoding.DecodingError` if the type or the count is another.
    mutating func take<Element: ArrayElement>(
        _ name: ArrayName, as type: Element.Type = Element.self, count: Int? = nil
    ) throws(FrameCoding.DecodingError) -> [Element]? {
        guard let bytes = try take(name, Element.arrayType) else { return nil }
        guard let numbers = LittleEndian.numbers(of: bytes.bytes, as: Element.self) else {
            throw error(
                name, "has \(bytes.count) bytes, which are not a whole count of '\(Element.arrayType.rawValue)'")
        }
        if let count, numbers.count != count {
            throw error(name, "has \(numbers.count) numbers where \(count) belong")
        }
        return numbers
    }

    /// Takes an array that must exist.
    mutating func require<Element: ArrayElement>(
        _ name: ArrayName, as type: Element.Type = Element.self, count: Int? = nil
    ) throws(FrameCoding.DecodingError) -> [Element] {
        guard let numbers = try take(name, as: type, count: count) else { throw error(name, "is missing") }
        return numbers
    }

    /// Ends the reading.
    /// - Throws: `FrameCoding.DecodingError` if an array was not taken.
    func finish() throws(FrameCoding.DecodingError) {
        if let left = rest.first {
            throw .malformed(kind: kind, reason: "an array '\(left.header.name)' that does not belong there")
        }
    }

    private func error(_ name: ArrayName, _ what: String) -> FrameCoding.DecodingError {
        .malformed(kind: kind, reason: "the array '\(name.rawValue)' \(what)")
    }
}
