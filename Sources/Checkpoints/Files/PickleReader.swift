/// Reads the pickle of a PyTorch file: a dictionary of tensors by name, and nothing else.
///
/// A pickle is a program for a machine with a stack and a memo (Python's `Lib/pickletools.py` describes it). This
/// machine knows the opcodes that `torch.save` writes for a state dictionary, in protocols 2 to 5, and the globals of
/// `PickleGlobal`. It refuses all others by name. It executes and imports nothing.
///
/// The pickle's length bounds the memory: every value that is made or remembered counts against `mostValues`, every
/// text has bytes of its own, and tuples nest to `deepestNesting`, so that freeing them needs little stack.
struct PickleReader {
    /// The limit of values, enough for 80,000 tensors.
    static let mostValues = 1 << 21
    static let deepestNesting = 16
    /// The limit of a pickle's bytes. The pickles of the largest models have less than one million.
    static let mostBytes = 64 << 20

    private enum Value {
        case mark
        case none
        case bool(Bool)
        case integer(Int)
        case text(String)
        case tuple([Value], depth: Int)
        /// The index in `dictionaries`. A pickle fills a dictionary after it is on the stack and in the memo.
        case dictionary(Int)
        case global(PickleGlobal)
        /// The index in `storages`.
        case storage(Int)
        /// The index in `tensors`.
        case tensor(Int)
    }

    private let file: String
    private var reader: ByteReader
    private var stack: [Value] = []
    private var memo: [UInt32: Value] = [:]
    private var dictionaries: [[(key: Value, value: Value)]] = []
    private var storages: [PickledTensor.Storage] = []
    private var tensors: [PickledTensor] = []
    private var valueCount = 0

    /// The tensors of a pickle, in the order of the pickle.
    ///
    /// - Parameter file: the file's name in error messages.
    /// - Throws: `ModelError.malformed`.
    static func tensors(in pickle: [UInt8], file: String) throws(ModelError) -> [(name: String, tensor: PickledTensor)]
    {
        var reader = PickleReader(pickle, file: file)
        return try reader.namedTensors()
    }

    private init(_ pickle: [UInt8], file: String) {
        self.file = file
        reader = ByteReader(pickle[...])
    }

    private func malformed(_ reason: String) -> ModelError {
        .malformed(file: file, reason: "in its pickle at byte \(reader.position): \(reason)")
    }

    private var cutShort: ModelError { malformed("it is cut short") }

    private mutating func namedTensors() throws(ModelError) -> [(name: String, tensor: PickledTensor)] {
        while try step() {}
        guard stack.count == 1, case .dictionary(let index) = stack[0] else {
            throw malformed("it holds no dictionary of tensors")
        }
        var named: [(name: String, tensor: PickledTensor)] = []
        for (key, value) in dictionaries[index] {
            guard case .text(let name) = key else { throw malformed("a tensor's name is no text") }
            guard case .tensor(let tensor) = value else {
                throw malformed("\(name) is no tensor; only a dictionary of a model's tensors is read")
            }
            named.append((name, tensors[tensor]))
        }
        return named
    }

    // MARK: - The machine

    /// - Returns: whether the pickle goes on.
    private mutating func step() throws(ModelError) -> Bool {
        guard let byte = reader.byte() else { throw cutShort }
        guard let opcode = PickleOpcode(rawValue: byte) else {
            throw malformed("opcode \(PickleOpcode.name(of: byte)) is none that tensors need")
        }
        switch opcode {
        case .proto: _ = try number(UInt8.self)
        case .frame: _ = try number(UInt64.self)
        case .stop: return false
        case .mark: try push(.mark)
        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .binInt1: try push(.integer(Int(try number(UInt8.self))))
        case .binInt2: try push(.integer(Int(try number(UInt16.self))))
        case .binInt: try push(.integer(Int(Int32(bitPattern: try number(UInt32.self)))))
        case .long1: try push(.integer(try longInteger()))
        case .binUnicode: try pushText(bytes: Int(try number(UInt32.self)))
        case .shortBinUnicode: try pushText(bytes: Int(try number(UInt8.self)))
        case .emptyTuple: try push(.tuple([], depth: 1))
        case .tuple1: try pushTuple(try pop(1))
        case .tuple2: try pushTuple(try pop(2))
        case .tuple3: try pushTuple(try pop(3))
        case .tuple: try pushTuple(try popToMark())
        case .emptyDict: try pushDictionary()
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popToMark())
        case .binPut: try remember(as: UInt32(try number(UInt8.self)))
        case .longBinPut: try remember(as: try number(UInt32.self))
        case .memoize: try remember(as: UInt32(memo.count))
        case .binGet: try recall(UInt32(try number(UInt8.self)))
        case .longBinGet: try recall(try number(UInt32.self))
        case .global:
            guard let module = reader.line(), let name = reader.line() else { throw cutShort }
            try pushGlobal(module, name)
        case .stackGlobal:
            let names = try pop(2)
            guard case .text(let module) = names[0], case .text(let name) = names[1] else {
                throw malformed("a global's name is no text")
            }
            try pushGlobal(module, name)
        case .binPersID: try pushStorage(try pop(1)[0])
        case .reduce:
            let call = try pop(2)
            try reduce(call[0], call[1])
        case .build: try build()
        }
        return true
    }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(ModelError) -> Number {
        guard let number = reader.number(type) else { throw cutShort }
        return number
    }

    /// A two's complement number. The first byte states the number of bytes.
    private mutating func longInteger() throws(ModelError) -> Int {
        let count = Int(try number(UInt8.self))
        guard count <= 8 else { throw malformed("a number of \(count) bytes") }
        guard let bytes = reader.bytes(count) else { throw cutShort }
        let isNegative = (bytes.last ?? 0) >= 0x80
        return bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    }

    private mutating func push(_ value: Value) throws(ModelError) {
        try count()
        stack.append(value)
    }

    private mutating func count() throws(ModelError) {
        valueCount += 1
        guard valueCount <= Self.mostValues else { throw malformed("it has more than \(Self.mostValues) values") }
    }

    private mutating func pushText(bytes: Int) throws(ModelError) {
        guard bytes <= reader.remaining else { throw cutShort }
        guard let text = reader.text(bytes) else { throw malformed("a text that is not UTF-8") }
        try push(.text(text))
    }

    private mutating func pushTuple(_ elements: [Value]) throws(ModelError) {
        var depth = 1
        for element in elements {
            if case .tuple(_, let inner) = element { depth = max(depth, inner + 1) }
        }
        guard depth <= Self.deepestNesting else { throw malformed("tuples nest deeper than \(Self.deepestNesting)") }
        try push(.tuple(elements, depth: depth))
    }

    private mutating func pushDictionary() throws(ModelError) {
        dictionaries.append([])
        try push(.dictionary(dictionaries.count - 1))
    }

    private mutating func pushGlobal(_ module: String, _ name: String) throws(ModelError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw malformed("it names \(module).\(name), which is no part of a tensor: nothing of it is run")
        }
        try push(.global(global))
    }

    private mutating func pop(_ count: Int) throws(ModelError) -> [Value] {
        guard stack.count >= count else { throw malformed("it takes from an empty stack") }
        let values = Array(stack.suffix(count))
        for value in values {
            if case .mark = value { throw malformed("it takes a mark for a value") }
        }
        stack.removeLast(count)
        return values
    }

    private mutating func popToMark() throws(ModelError) -> [Value] {
        let mark = stack.lastIndex { if case .mark = $0 { true } else { false } }
        guard let mark else { throw malformed("it has no mark") }
        let values = Array(stack[(mark + 1)...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func remember(as index: UInt32) throws(ModelError) {
        guard let value = stack.last else { throw malformed("it remembers from an empty stack") }
        try count()
        memo[index] = value
    }

    private mutating func recall(_ index: UInt32) throws(ModelError) {
        guard let value = memo[index] else { throw malformed("it recalls value \(index), which is not known") }
        try push(value)
    }

    private mutating func setItems(_ items: [Value]) throws(ModelError) {
        guard case .dictionary(let index)? = stack.last else {
            throw malformed("items are set of what is no dictionary")
        }
        guard items.count.isMultiple(of: 2) else { throw malformed("a key has no value") }
        for place in stride(from: 0, to: items.count, by: 2) {
            dictionaries[index].append((items[place], items[place + 1]))
        }
    }

    /// Sets a dictionary's attributes. They are ignored: modules keep only their versions there (`_metadata`).
    private mutating func build() throws(ModelError) {
        let state = try pop(1)[0]
        guard case .dictionary = state, case .dictionary? = stack.last else {
            throw malformed("attributes are set of what is no dictionary")
        }
    }

    // MARK: - Globals

    /// Pushes a storage. `torch.save` writes it as `('storage', type, key, location, numel)`.
    private mutating func pushStorage(_ identifier: Value) throws(ModelError) {
        guard case .tuple(let parts, _) = identifier, parts.count == 5, case .text("storage") = parts[0],
            case .global(.storage(let type)) = parts[1], case .text(let key) = parts[2], case .text = parts[3],
            case .integer(let count) = parts[4]
        else { throw malformed("a persistent id is no storage") }
        storages.append(PickledTensor.Storage(type: type, key: key, count: count))
        try push(.storage(storages.count - 1))
    }

    private mutating func reduce(_ callable: Value, _ arguments: Value) throws(ModelError) {
        guard case .global(let global) = callable, case .tuple(let arguments, _) = arguments else {
            throw malformed("it calls what is no function")
        }
        switch global {
        case .orderedDictionary:
            guard arguments.isEmpty else { throw malformed("collections.OrderedDict with arguments") }
            try pushDictionary()
        case .rebuildTensor:
            tensors.append(try tensor(arguments))
            try push(.tensor(tensors.count - 1))
        case .rebuildParameter:
            // The arguments are tensor, requires_grad and backward hooks.
            guard arguments.count == 3, case .tensor = arguments[0], case .bool = arguments[1],
                case .dictionary = arguments[2]
            else { throw malformed("the arguments of torch._utils._rebuild_parameter are not its own") }
            try push(arguments[0])
        case .storage:
            throw malformed("it calls a storage's type")
        }
    }

    /// A tensor of its arguments: storage, offset, size, stride, requires_grad and backward hooks. A seventh argument
    /// would change the numbers.
    private func tensor(_ arguments: [Value]) throws(ModelError) -> PickledTensor {
        guard arguments.count == 6, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            case .tuple(let size, _) = arguments[2], case .tuple(let stride, _) = arguments[3],
            case .bool = arguments[4],
            case .dictionary = arguments[5]
        else { throw malformed("the arguments of torch._utils._rebuild_tensor_v2 are not its own") }
        // A tuple that many tensors share must not be copied into as many long arrays.
        guard size.count == stride.count, size.count <= PickledTensor.mostDimensions else {
            throw malformed("a tensor of \(size.count) dimensions and \(stride.count) strides")
        }
        return PickledTensor(
            storage: storages[storage], offset: offset, shape: try integers(size), strides: try integers(stride))
    }

    private func integers(_ values: [Value]) throws(ModelError) -> [Int] {
        var integers: [Int] = []
        for value in values {
            guard case .integer(let integer) = value else { throw malformed("a size or stride is no number") }
            integers.append(integer)
        }
        return integers
    }
}
