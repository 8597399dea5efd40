import FoundationEssentials
import Jobs

/// A message before or after its transport: its kind, its header and its arrays.
struct Envelope {
    let kind: String
    private var header: [UInt8]
    private var arrays: [FrameBytes]

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
        self.arrays = arrays.frames.map { FrameBytes($0) }
        if !arrays.frames.isEmpty { self.header.insert(contentsOf: Array((arrays.member + ",").utf8), at: 1) }
    }

    init(kind: String) {
        self.init(kind: kind, header: [String: String]())
    }

    /// - Parameters:
    ///   - frames: whose sizes are judged before one of them is copied or read.
    ///   - limits: the sizes that a sender may choose; `nil`: it is trusted.
    init(frames: [FrameBytes], limits: MessageLimits? = nil) throws(FrameCoding.DecodingError) {
        let name = frames.first?.prefix(Self.longestName) ?? []
        guard frames.first?.count == name.count, name.elementsEqual(FrameCoding.protocolName.utf8) else {
            throw .unknownProtocol(String(decoding: name, as: UTF8.self))
        }
        guard frames.count >= 3 else {
            throw .malformed(kind: "?", reason: "\(frames.count) frames where at least 3 belong")
        }
        kind = String(decoding: frames[1].prefix(Self.longestName), as: UTF8.self)
        if let problem = limits?.problem(of: frames.map(\.count), kind: kind) {
            throw .malformed(kind: kind, reason: problem)
        }
        header = frames[2].bytes
        arrays = Array(frames[3...])
    }

    /// The most bytes in the name of a protocol or of a kind of message.
    private static let longestName = 40

    var frames: [[UInt8]] {
        [Array(FrameCoding.protocolName.utf8), Array(kind.utf8), header] + arrays.map(\.bytes)
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
