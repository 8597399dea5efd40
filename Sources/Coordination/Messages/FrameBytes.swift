/// The bytes of one frame of a message, which are copied when somebody asks for them.
///
/// A recurrent state can be hundreds of megabytes. The thread that answers heartbeats hands it on without a look.
public struct FrameBytes: Sendable, Equatable, ExpressibleByArrayLiteral {
    private enum Source: Sendable {
        case array([UInt8])
        case frame(@Sendable (_ atMost: Int) -> [UInt8])
    }

    public let count: Int
    private let source: Source

    public init(_ bytes: [UInt8]) {
        count = bytes.count
        source = .array(bytes)
    }

    /// - Parameters:
    ///   - count: of the frame's bytes.
    ///   - read: copies the first bytes, so many at most.
    public init(count: Int, read: @escaping @Sendable (_ atMost: Int) -> [UInt8]) {
        self.count = count
        source = .frame(read)
    }

    public init(arrayLiteral bytes: UInt8...) {
        self.init(bytes)
    }

    /// All bytes.
    public var bytes: [UInt8] {
        switch source {
        case .array(let bytes): bytes
        case .frame(let read): read(count)
        }
    }

    /// The first bytes, at most `count`.
    public func prefix(_ count: Int) -> [UInt8] {
        switch source {
        case .array(let bytes): Array(bytes.prefix(count))
        case .frame(let read): read(count)
        }
    }

    public static func == (left: FrameBytes, right: FrameBytes) -> Bool {
        left.count == right.count && left.bytes == right.bytes
    }
}
