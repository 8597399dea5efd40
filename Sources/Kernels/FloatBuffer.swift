#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Float32 elements with value semantics: copies share memory until one of them is changed.
///
/// The memory is aligned to a cache line for wide vector loads, which arrays do not promise. It may also belong to
/// another owner, such as a mapped file, and is then copied before the first change.
@safe public struct FloatBuffer: Sendable {
    private var storage: FloatStorage
    /// The number of elements.
    public var count: Int { storage.count }
    /// Whether the memory belongs to another owner, such as a mapped file.
    public var isShared: Bool { storage.isShared }

    /// `count` elements of one value.
    public init(repeating value: Float = 0, count: Int) {
        precondition(count >= 0, "a buffer of \(count) elements")
        storage = FloatStorage(count: count)
        unsafe storage.elements.initialize(repeating: value, count: count)
    }

    /// `count` elements without values, which the caller must write.
    @unsafe init(uninitialized count: Int) {
        storage = FloatStorage(count: count)
    }

    /// A copy of an array.
    public init(_ array: [Float]) {
        storage = FloatStorage(count: array.count)
        unsafe array.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            unsafe storage.elements.initialize(from: base, count: array.count)
        }
    }

    /// The elements in another owner's memory. `owner` keeps them alive and never changes them.
    @unsafe public init(sharing elements: UnsafeBufferPointer<Float>, of owner: any AnyObject & Sendable) {
        storage = unsafe FloatStorage(sharing: elements, of: owner)
    }

    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "element \(index) of \(count)")
            return unsafe storage.elements[index]
        }
        set {
            precondition(index >= 0 && index < count, "element \(index) of \(count)")
            makeUnique()
            unsafe storage.elements[index] = newValue
        }
    }

    /// A copy of a range of elements.
    public func array(_ range: Range<Int>) -> [Float] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "elements \(range) of \(count)")
        return unsafe Array(UnsafeBufferPointer(start: storage.elements + range.lowerBound, count: range.count))
    }

    /// A copy of all elements.
    public var array: [Float] { array(0..<count) }

    /// Replaces the elements from `start` on by those of a range of `source`.
    public mutating func replace(from start: Int, with source: FloatBuffer, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= source.count, "elements \(range) of \(source.count)")
        precondition(start >= 0 && start + range.count <= count, "\(range.count) elements at \(start) of \(count)")
        makeUnique()
        unsafe (storage.elements + start).update(from: source.storage.elements + range.lowerBound, count: range.count)
    }

    /// Sets every element to the value of `element` for its index.
    public mutating func fill(_ element: (Int) -> Float) {
        makeUnique()
        for index in 0..<count { unsafe storage.elements[index] = element(index) }
    }

    public mutating func clear() {
        makeUnique()
        unsafe storage.elements.update(repeating: 0, count: count)
    }

    /// The address of the elements. It is valid while the buffer is kept alive and not changed.
    @unsafe public var start: UnsafePointer<Float> { unsafe UnsafePointer(storage.elements) }

    /// The address for changing the elements. It is valid while the buffer is kept alive and not copied.
    @unsafe public mutating func mutableStart() -> UnsafeMutablePointer<Float> {
        makeUnique()
        return unsafe storage.elements
    }

    private mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) || storage.isShared else { return }
        let copy = FloatStorage(count: count)
        unsafe copy.elements.initialize(from: storage.elements, count: count)
        storage = copy
    }
}

extension FloatBuffer: Equatable {
    /// Whether both buffers hold the same bits.
    public static func == (left: FloatBuffer, right: FloatBuffer) -> Bool {
        left.count == right.count
            && (0..<left.count).allSatisfy {
                unsafe left.storage.elements[$0].bitPattern == right.storage.elements[$0].bitPattern
            }
    }
}

/// The memory of a `FloatBuffer`.
///
/// `@unchecked`: only a buffer with the sole reference to it changes it.
@safe private final class FloatStorage: @unchecked Sendable {
    let elements: UnsafeMutablePointer<Float>
    let count: Int
    /// The owner of shared memory, kept alive; `nil` for memory of this object.
    private let owner: (any AnyObject & Sendable)?

    /// The bytes of a large page of x86-64 and of most AArch64 systems.
    private static let hugePage = 1 << 21

    var isShared: Bool { owner != nil }

    init(count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let isLarge = bytes >= 2 * Self.hugePage
        var allocated: UnsafeMutableRawPointer?
        unsafe posix_memalign(&allocated, isLarge ? Self.hugePage : 64, bytes)
        guard let memory = unsafe allocated else { MemoryShortage.end(bytes: bytes) }
        // Large pages save page faults and misses of the page table's cache. The call is a hint, so its failure is
        // ignored.
        if isLarge { unsafe _ = madvise(memory, bytes, MADV_HUGEPAGE) }
        unsafe elements = memory.bindMemory(to: Float.self, capacity: count)
        self.count = count
        owner = nil
    }

    init(sharing shared: UnsafeBufferPointer<Float>, of owner: any AnyObject & Sendable) {
        // The pointer is never written through: `FloatBuffer` copies shared memory before a change.
        unsafe elements = UnsafeMutablePointer(mutating: shared.baseAddress!)
        count = shared.count
        self.owner = owner
    }

    deinit {
        if owner == nil { unsafe free(elements) }
    }
}
