internal import Kernels

/// The place of a tensor's numbers in a file.
struct StoredTensor {
    /// The type of the numbers, by its name in safetensors.
    var type: String
    var shape: [Int]
    /// The number of elements, which is the product of the shape.
    var count: Int
    /// The distance between neighbouring elements of each dimension, counted in numbers; `nil` if the elements are
    /// contiguous.
    var strides: [Int]?
    /// The range of bytes in the file, from the first element to the last.
    var range: Range<Int>
}

/// The checked tensors of a mapped file: every range lies inside the file and holds every element of its tensor.
struct StoredTensors: Sendable {
    let mapped: MappedFile
    let entries: [String: StoredTensor]

    var names: Set<String> { Set(entries.keys) }

    /// - Throws: `ModelError.unsupportedType` when the type is not float32, bfloat16 or float16.
    func tensor(_ name: String) throws(ModelError) -> Tensor? {
        guard let entry = entries[name] else { return nil }
        let numbers = mapped.floats(entry.range, format: try format(of: entry, named: name))
        guard let strides = entry.strides else { return Tensor(shape: entry.shape, elements: numbers) }
        return Tensor(shape: entry.shape, elements: Self.inOrder(numbers, entry, strides: strides))
    }

    /// Whether all numbers of a tensor are finite, those between the elements of a view included.
    ///
    /// Reads the file and keeps nothing.
    func isFinite(_ name: String) throws(ModelError) -> Bool {
        guard let entry = entries[name] else { return true }
        let format = try format(of: entry, named: name)
        let step = Self.bytesAtATime
        for start in stride(from: entry.range.lowerBound, to: entry.range.upperBound, by: step) {
            let part = start..<min(start + step, entry.range.upperBound)
            guard mapped.floats(part, format: format).isFinite else { return false }
        }
        return true
    }

    /// The bytes that are converted at a time. Their float32 numbers stay in the second-level cache.
    private static let bytesAtATime = 1 << 17

    private func format(of entry: StoredTensor, named name: String) throws(ModelError) -> FloatFormat {
        switch entry.type {
        case "F32": return .float32
        case "BF16": return .bfloat16
        case "F16": return .float16
        default: throw ModelError.unsupportedType(entry.type, tensor: name, file: mapped.path)
        }
    }

    /// A copy of a view's elements in row-major order.
    private static func inOrder(_ numbers: FloatBuffer, _ entry: StoredTensor, strides: [Int]) -> FloatBuffer {
        let shape = entry.shape
        var elements = FloatBuffer(count: entry.count)
        var index = [Int](repeating: 0, count: shape.count)
        var place = 0
        elements.fill { _ in
            let element = numbers[place]
            for dimension in shape.indices.reversed() {
                index[dimension] += 1
                place += strides[dimension]
                if index[dimension] < shape[dimension] { break }
                place -= strides[dimension] * shape[dimension]
                index[dimension] = 0
            }
            return element
        }
        return elements
    }
}
