import FoundationEssentials
import Jobs

/// A message before or after its transport: its kind, its header and its arrays.
struct Envelope {
    let kind: String
    private var header: [UInt8]
    private var arrays: [[UInt8]]

    init(kind: String, header: some Encodable) {
        self.kind = kind
        do {
            self.header = try [UInt8](SortedJSON.data(of: header))
        } catch {
            // Headers are structs of strings and integers, so an error here is a mistake in this program.
            preconditionFailure("the header of '\(kind)' does not encode: \(error)")
        }
        arrays = []
    }

    /// - Parameter header: a value that JSON writes with at least one member.
    init(kind: String, header: some Encodable, arrays: ArrayWriter) {
        self.init(kind: kind, header: header)
        self.arrays = arrays.frames
        if !arrays.frames.isEmpty { self.header.insert(contentsOf: Array((arrays.member + ",").utf8), at: 1) }
    }

    init(kind: String) {
        self.init(kind: kind, header: [String: String]())
    }

    /// - Parameters:
    ///   - sizes: the sizes of the frames, in bytes. They are checked before a frame is copied or read.
    ///   - frame: a function that returns the frame at a place, cut after so many bytes.
    ///   - limits: the limits for the sender; `nil` for a trusted sender.
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

    /// The most bytes in the name of a protocol or of a kind of message.
    private static let longestName = 40

    var frames: [[UInt8]] {
        [Array(FrameCoding.protocolName.utf8), Array(kind.utf8), header] + arrays
    }

    /// The header of a message that has no arrays.
    func decoded<Header: Decodable>(_ type: Header.Type = Header.self) throws(FrameCoding.DecodingError) -> Header {
        // Foundation's decoder would accept bytes that are not UTF-8.
        guard String(validating: header, as: UTF8.self) != nil else {
            throw .malformed(kind: kind, reason: "its header does not decode: it is not UTF-8 text")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(header))
        } catch {
            throw .malformed(kind: kind, reason: "its header does not decode: \(error)")
        }
    }

    /// The header and the arrays of a message.
    func opened<Header: ArrayListing>(
        _ type: Header.Type = Header.self
    ) throws(FrameCoding.DecodingError) -> (header: Header, arrays: ArrayReader) {
        let header: Header = try decoded()
        return (header, try ArrayReader(kind: kind, header.arrays ?? [], frames: arrays[...]))
    }

    /// Checks that numbers are counts.
    func requireCounts(_ numbers: Int...) throws(FrameCoding.DecodingError) {
        guard let wrong = numbers.first(where: { !(0...Limits.largestCount).contains($0) }) else { return }
        throw .malformed(kind: kind, reason: "\(wrong) is no count: 0 to \(Limits.largestCount) belongs there")
    }

    func requireNoArrays() throws(FrameCoding.DecodingError) {
        guard arrays.isEmpty else { throw .malformed(kind: kind, reason: "\(arrays.count) arrays where 0 belong") }
    }
}
