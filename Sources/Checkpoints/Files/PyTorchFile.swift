/// A file of `torch.save`, memory-mapped: a dictionary of tensors, as in `pytorch_model.bin`.
///
/// The format is that of PyTorch 1.6 and later: a zip archive without compression that holds a pickle, `data.pkl`, and
/// the bytes of each storage, `data/<key>` (docs.pytorch.org/docs/stable/notes/serialization.html).
public struct PyTorchFile: StoredTensorSource {
    public let file: String
    public let storedNumbers: [String: Int]
    private let tensors: StoredTensors

    /// - Throws: `ModelError` when the file cannot be opened, breaks the format, or holds anything but tensors.
    public init(path: String) throws(ModelError) {
        try self.init(try MappedFile(path: path))
    }

    package init(_ mapped: MappedFile) throws(ModelError) {
        file = mapped.path
        let archive = try PyTorchArchive(mapped)
        var entries: [String: StoredTensor] = [:]
        // Tensors may share numbers, for example a tied head and its embedding. Shared numbers are counted once.
        var counted: Set<Range<Int>> = []
        var numbers: [String: Int] = [:]
        for (name, tensor) in try archive.tensors() {
            let entry = try archive.stored(tensor, named: name)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw ModelError.malformed(file: file, reason: "it has two tensors \(name)")
            }
            if counted.insert(entry.range).inserted { numbers[entry.type, default: 0] += entry.count }
        }
        storedNumbers = numbers
        tensors = StoredTensors(mapped: mapped, entries: entries)
    }

    public var names: Set<String> { tensors.names }

    public func releasePages() { tensors.mapped.releasePages() }

    public func shape(of name: String) -> [Int]? { tensors.entries[name]?.shape }

    public func file(of name: String) -> String { file }

    /// - Throws: `ModelError.unsupportedType` when the type is not float32, bfloat16 or float16.
    public func tensor(_ name: String, expecting shape: [Int] = []) throws(ModelError) -> Tensor? {
        try tensors.tensor(name)
    }

    public func isFinite(_ name: String) throws(ModelError) -> Bool { try tensors.isFinite(name) }
}

/// The parts of a file of `torch.save`.
private struct PyTorchArchive {
    let mapped: MappedFile
    let entries: [String: Range<Int>]
    /// The folder of all entries.
    let folder: String

    init(_ mapped: MappedFile) throws(ModelError) {
        self.mapped = mapped
        guard ZipDirectory.begins(mapped) else {
            throw ModelError.malformed(file: mapped.path, reason: Self.whatItIs(mapped))
        }
        entries = try ZipDirectory(mapped).entries
        let pickles = entries.keys.filter { $0.hasSuffix("/data.pkl") }
        guard pickles.count == 1, let pickle = pickles.first else {
            throw ModelError.malformed(
                file: mapped.path,
                reason: "the zip archive has \(pickles.count) entries data.pkl; torch.save writes one")
        }
        folder = String(pickle.dropLast("data.pkl".count))
        if let order = entries[folder + "byteorder"] {
            guard order.count == 6, mapped.bytes(order) == Array("little".utf8) else {
                throw ModelError.malformed(file: mapped.path, reason: "its numbers are not in little-endian order")
            }
        }
    }

    /// The kind of a file that is no zip archive, found by its first bytes.
    private static func whatItIs(_ mapped: MappedFile) -> String {
        let start = mapped.bytes(0..<min(2, mapped.count))
        return start.first == 0x80
            ? "it is of torch.save before PyTorch 1.6, or a pickle of its own; load it with a current PyTorch and "
                + "torch.save its tensors again, or save them as safetensors"
            : "it is no file of torch.save, which writes zip archives"
    }

    func tensors() throws(ModelError) -> [(name: String, tensor: PickledTensor)] {
        guard let pickle = entries[folder + "data.pkl"], pickle.count <= PickleReader.mostBytes else {
            throw ModelError.malformed(file: mapped.path, reason: "its pickle is too large for one of tensors")
        }
        return try PickleReader.tensors(in: mapped.bytes(pickle), file: mapped.path)
    }

    /// - Throws: `ModelError.malformed` when the tensor exceeds its storage, or the storage does not fit its entry.
    func stored(_ tensor: PickledTensor, named name: String) throws(ModelError) -> StoredTensor {
        func malformed(_ reason: String) -> ModelError {
            .malformed(file: mapped.path, reason: "tensor \(name): \(reason)")
        }
        let storage = tensor.storage
        guard let entry = entries[folder + "data/" + storage.key] else {
            throw malformed("there is no entry data/\(storage.key)")
        }
        guard let width = SafetensorsHeader.bytes(ofType: storage.type), storage.count >= 0,
            entry.count.isMultiple(of: width), entry.count / width == storage.count
        else {
            throw malformed("entry data/\(storage.key) of \(entry.count) bytes is not \(storage.count) \(storage.type)")
        }
        guard let elements = tensor.elements, elements.count <= storage.count, elements.isInside(storage.count) else {
            throw malformed(
                "shape \(tensor.shape) with strides \(tensor.strides) at \(tensor.offset) is not inside its storage of "
                    + "\(storage.count)")
        }
        let start = entry.lowerBound + elements.places.lowerBound * width
        return StoredTensor(
            type: storage.type, shape: tensor.shape, count: elements.count,
            strides: tensor.isInOrder ? nil : tensor.meaningfulStrides,
            range: start..<start + elements.places.count * width)
    }
}

extension PickledTensor {
    /// The number of a tensor's elements, and their range in the storage.
    fileprivate struct Elements {
        var count: Int
        var places: Range<Int>

        func isInside(_ storage: Int) -> Bool { places.upperBound <= storage }
    }

    /// The elements; `nil` when a number is negative or too large.
    fileprivate var elements: Elements? {
        guard offset >= 0, !shape.contains(where: { $0 < 0 }), !strides.contains(where: { $0 < 0 }) else { return nil }
        if shape.contains(0) { return Elements(count: 0, places: 0..<0) }
        var (count, last) = (1, offset)
        for (extent, stride) in zip(shape, strides) {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            let (reach, farOverflow) = stride.multipliedReportingOverflow(by: extent - 1)
            let (sum, sumOverflow) = last.addingReportingOverflow(reach)
            guard !overflow, !farOverflow, !sumOverflow else { return nil }
            (count, last) = (product, sum)
        }
        guard last < .max else { return nil }
        return Elements(count: count, places: offset..<last + 1)
    }

    /// The strides, with 0 for a dimension of one element, whose stride has no meaning.
    fileprivate var meaningfulStrides: [Int] { zip(shape, strides).map { $0 == 1 ? 0 : $1 } }

    /// Whether the elements are contiguous, row by row.
    fileprivate var isInOrder: Bool {
        guard !shape.contains(0) else { return true }
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            guard stride == expected else { return false }
            expected *= extent
        }
        return true
    }
}
