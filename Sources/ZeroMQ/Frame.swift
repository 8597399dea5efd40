import CZeroMQ

/// One part of a message: immutable bytes.
///
/// A frame shares its bytes with the arrays it is made of and with ZeroMQ. Making a frame from an array and sending it
/// copies nothing, except for short frames. Reading a received frame as an array copies the bytes. Numbers are
/// little-endian.
public struct Frame: Sendable, Hashable {
    let storage: FrameStorage

    /// A frame without bytes.
    public init() {
        storage = FrameStorage()
    }

    /// A frame with an array's elements in little-endian order.
    public init<Element: FrameElement>(_ elements: [Element]) {
        storage = FrameStorage(elements)
    }

    /// A frame of a text's UTF-8 bytes.
    public init(_ text: String) {
        self.init(Array(text.utf8))
    }

    init(storage: FrameStorage) {
        self.storage = storage
    }

    public var count: Int { storage.count }

    public var isEmpty: Bool { count == 0 }

    /// A copy of the bytes.
    public var bytes: [UInt8] { prefix(count) }

    /// A copy of the first bytes, at most `count`.
    public func prefix(_ count: Int) -> [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0.prefix(count)) }
    }

    /// The bytes as text; nil if they are not UTF-8.
    public var text: String? {
        unsafe withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    }

    /// Lends the bytes without copying them.
    public func withBytes<Result: ~Copyable, Failure>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeBytes { bytes throws(Failure) in try body(unsafe bytes.bytes) }
    }

    func withUnsafeBytes<Result: ~Copyable, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe storage.withUnsafeBytes(body)
    }

    public static func == (left: Frame, right: Frame) -> Bool {
        if left.storage === right.storage { return true }
        return unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in unsafe left.elementsEqual(right) }
        }
    }

    public func hash(into hasher: inout Hasher) {
        unsafe withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}

/// A number of fixed size that a frame can carry.
public protocol FrameElement: BitwiseCopyable, Sendable {}

extension UInt8: FrameElement {}
extension Int32: FrameElement {}
extension Int64: FrameElement {}
extension Float: FrameElement {}
extension Double: FrameElement {}

#if _endian(big)
#error("a frame's numbers are little-endian and are not swapped here")
#endif

extension Array where Element: FrameElement {
    /// A copy of a frame's bytes as little-endian numbers; nil if the bytes are no whole number of elements.
    public init?(_ frame: Frame) {
        let (count, remainder) = frame.count.quotientAndRemainder(dividingBy: MemoryLayout<Element>.size)
        guard remainder == 0 else { return nil }
        self = unsafe frame.withUnsafeBytes { bytes in
            unsafe Array(unsafeUninitializedCapacity: count) { elements, initializedCount in
                unsafe UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
                initializedCount = count
            }
        }
    }
}
