import FoundationEssentials

/// How messages become frames, and frames messages.
///
/// Frame 0 names the protocol and its version, frame 1 the kind of message, frame 2 is a JSON header; raw
/// little-endian arrays follow. The pair of functions for each direction is the whole written form of the protocol:
/// nothing else in the program knows it.
public enum FrameCoding {
    /// Changed whenever an old peer would misread a new one.
    public static let protocolName = "longscan/2"

    /// A message that is not ours, or not well formed.
    public enum DecodingError: Error, Equatable, CustomStringConvertible {
        case unknownProtocol(String)
        case unknownKind(String)
        case malformed(kind: String, reason: String)

        public var description: String {
            switch self {
            case .unknownProtocol(let name):
                "a message of protocol '\(name)' cannot be read by \(FrameCoding.protocolName): "
                    + "coordinator, workers and clients must be of one version"
            case .unknownKind(let kind): "a message of unknown kind '\(kind)'"
            case .malformed(let kind, let reason): "a malformed '\(kind)' message: \(reason)"
            }
        }
    }
}

/// The kind and header of a message on its way in or out, and its arrays.
struct Envelope {
    var kind: String
    var header: [UInt8]
    var arrays: [[UInt8]]

    init(kind: String, header: some Encodable, arrays: [[UInt8]] = []) {
        self.kind = kind
        let encoder = JSONEncoder()
        // The same message has the same bytes in every process: key order is otherwise drawn anew in each.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            self.header = try [UInt8](encoder.encode(header))
        } catch {
            // Headers are structs of strings and integers; that they encode is ours to ensure.
            preconditionFailure("the header of '\(kind)' does not encode: \(error)")
        }
        self.arrays = arrays
    }

    init(kind: String) {
        self.init(kind: kind, header: [String: String]())
    }

    /// - Parameters:
    ///   - sizes: of the frames, in bytes. What they tell is judged before a frame is copied or read.
    ///   - frame: gives the frame at a place, cut after so many bytes.
    ///   - limits: the sizes that a sender may choose; `nil`: it is trusted.
    init(
        sizes: [Int], _ frame: (_ place: Int, _ atMost: Int) -> [UInt8], limits: MessageLimits? = nil
    ) throws(FrameCoding.DecodingError) {
        let name = sizes.isEmpty ? [] : frame(0, Self.longestName)
        guard sizes.first == name.count, name.elementsEqual(FrameCoding.protocolName.utf8) else {
            throw .unknownProtocol(String(decoding: name, as: UTF8.self))
        }
        guard sizes.count >= 3 else {
            throw .malformed(kind: "?", reason: "\(sizes.count) frames where at least 3 belong")
        }
        kind = String(decoding: frame(1, Self.longestName), as: UTF8.self)
        if let problem = limits?.problem(of: sizes, kind: kind) { throw .malformed(kind: kind, reason: problem) }
        header = frame(2, .max)
        arrays = (3..<sizes.count).map { frame($0, .max) }
    }

    init(frames: [[UInt8]]) throws(FrameCoding.DecodingError) {
        try self.init(sizes: frames.map(\.count), { Array(frames[$0].prefix($1)) })
    }

    /// Of a protocol or of a kind of message, in bytes.
    private static let longestName = 40

    var frames: [[UInt8]] {
        [Array(FrameCoding.protocolName.utf8), Array(kind.utf8), header] + arrays
    }

    func decoded<Header: Decodable>(_ type: Header.Type = Header.self) throws(FrameCoding.DecodingError) -> Header {
        // Foundation's decoder takes other bytes for what they are not.
        guard String(validating: header, as: UTF8.self) != nil else {
            throw .malformed(kind: kind, reason: "its header does not decode: it is not UTF-8 text")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(header))
        } catch {
            throw .malformed(kind: kind, reason: "its header does not decode: \(error)")
        }
    }

    /// Lets numbers through that are counts.
    func requireCounts(_ numbers: Int...) throws(FrameCoding.DecodingError) {
        guard let wrong = numbers.first(where: { !(0...Limits.largestCount).contains($0) }) else { return }
        throw .malformed(kind: kind, reason: "\(wrong) is no count: 0 to \(Limits.largestCount) belongs there")
    }

    func requireArrays(_ count: Int) throws(FrameCoding.DecodingError) {
        guard arrays.count == count else {
            throw .malformed(kind: kind, reason: "\(arrays.count) arrays where \(count) belong")
        }
    }

    /// The frame of a snapshot, which comes last where there is one.
    /// - Parameter count: of the arrays before it.
    func snapshot(after count: Int) throws(FrameCoding.DecodingError) -> [UInt8]? {
        guard arrays.count > count else { return nil }
        try requireArrays(count + 1)
        return arrays[count]
    }

    func array<Element>(
        _ index: Int, _ decode: ([UInt8]) -> [Element]?
    ) throws(FrameCoding.DecodingError) -> [Element] {
        guard let elements = decode(arrays[index]) else {
            throw .malformed(kind: kind, reason: "array \(index) has \(arrays[index].count) bytes")
        }
        return elements
    }
}
