internal import Kernels

/// Where a tensor's numbers lie in a file.
struct StoredTensor {
    /// The name in safetensors of the numbers' type.
    var type: String
    var shape: [Int]
    /// Elements: the product of the shape.
    var count: Int
    /// For each dimension, numbers from an element to the next; `nil`: the elements lie one after the other.
    var strides: [Int]?
    /// From the first element to the last, inside the file.
    var range: Range<Int>
}

/// Tensors in a mapped file, checked: every range lies inside the file and holds every element of its tensor.
struct StoredTensors: Sendable {
    let mapped: MappedFile
    let entries: [String: StoredTensor]

    var names: Set<String> { Set(entries.keys) }

    /// - Throws: `ModelError.unsupportedType` when it is not float32, bfloat16 or float16.
    func tensor(_ name: String) throws(ModelError) -> Tensor? {
        guard let entry = entries[name] else { return nil }
        let numbers = mapped.floats(entry.range, format: try format(of: entry, named: name))
        guard let strides = entry.strides else { return Tensor(shape: entry.shape, elements: numbers) }
        return Tensor(shape: entry.shape, elements: Self.inOrder(numbers, entry, strides: strides))
    }

    /// Whether no number of a tensor is infinite or not a number; numbers that a view passes over count, too.
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

    /// Few enough that what is widened stays in the second-level cache.
    private static let bytesAtATime = 1 << 17

    private func format(of entry: StoredTensor, named name: String) throws(ModelError) -> FloatFormat {
        switch entry.type {
        case "F32": return .float32
        case "BF16": return .bfloat16
        case "F16": return .float16
        default: throw ModelError.unsupportedType(entry.type, tensor: name, file: mapped.path)
        }
    }

    /// A copy of a view's elements, row by row.
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
