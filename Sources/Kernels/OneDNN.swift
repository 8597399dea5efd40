internal import CKernels
internal import Synchronization

/// The matrix products of oneDNN 2, loaded at run time where it is installed; nothing else needs it.
///
/// One thread: lanes compute side by side on different documents. Its kernels are chosen by the CPU, and by what
/// `InstructionSet.chosen` allows.
///
/// `@unchecked`: what the handle stands for does not change after it is made.
@safe final class OneDNN: @unchecked Sendable {
    /// The version, and the instruction set that it uses.
    let configuration: String
    private let handle: OpaquePointer
    private let products = Mutex<[Shape: OneDNNProduct?]>([:])

    private struct Shape: Hashable {
        var columns: Int
        var inner: Int
        var dataType: DataType
    }

    /// Loads the library, once per process.
    ///
    /// - Throws: `ArithmeticError` when it is not installed or not as expected, or the environment asks for
    ///   instructions that this machine does not have.
    static func load() throws(ArithmeticError) -> OneDNN {
        try loaded.get()
    }

    /// The library, if it has products of the data type.
    ///
    /// - Throws: what `load` throws, and `ArithmeticError.unsupportedProducts`.
    static func load(for dataType: DataType) throws(ArithmeticError) -> OneDNN {
        let library = try load()
        let reason: String
        do {
            // Long enough that kernels which cut sums do so.
            if try library.product(columns: 192, inner: 1536, dataType: dataType) != nil { return library }
            reason = "a row's bits depend on the other rows of a call"
        } catch .failedFunction(let function, let status, _) {
            reason = "\(function) returned \(status)"
        }
        throw .unsupportedProducts(.oneDNN, dataType, reason: "\(library.configuration): \(reason)")
    }

    private static let loaded = Result<OneDNN, ArithmeticError> { () throws(ArithmeticError) in
        try OneDNN(for: InstructionSet.chosen())
    }

    private init(for instructionSet: InstructionSet) throws(ArithmeticError) {
        let library = try unsafe ArithmeticError.Library.oneDNN.load()
        var failure = unsafe longscan_onednn_failure()
        guard let handle = unsafe longscan_onednn_load(library, instructionSet.number, &failure) else {
            throw unsafe ArithmeticError(failure)
        }
        unsafe self.handle = handle
        var version: (Int32, Int32, Int32) = (0, 0, 0)
        var set: Int32 = 0
        unsafe withUnsafeMutableBytes(of: &version) {
            unsafe longscan_onednn_version(handle, $0.bindMemory(to: Int32.self).baseAddress!, &set)
        }
        configuration = "\(version.0).\(version.1).\(version.2) (\(Self.name(ofInstructions: set)))"
    }

    /// The product of a shape; `nil` if it depends on the number of rows, or on the row's place, what bits a row has.
    ///
    /// - Parameter inner: even for bfloat16.
    /// - Throws: `ArithmeticError.failedFunction` if oneDNN has none.
    func product(columns: Int, inner: Int, dataType: DataType) throws(ArithmeticError) -> OneDNNProduct? {
        let shape = Shape(columns: columns, inner: inner, dataType: dataType)
        return try products.withLock { products throws(ArithmeticError) in
            if let known = products[shape] { return known }
            var failure = unsafe longscan_onednn_failure()
            let made = unsafe longscan_onednn_product_create(
                handle, columns, inner, dataType == .bfloat16, &failure)
            guard let made = unsafe made else { throw unsafe ArithmeticError(failure) }
            let product = unsafe OneDNNProduct(made, columns: columns, inner: inner, dataType: dataType)
            let exact = product.keepsBits() ? product : nil
            products[shape] = .some(exact)
            return exact
        }
    }

    /// dnnl_cpu_isa_t of dnnl_types.h.
    private static func name(ofInstructions set: Int32) -> String {
        switch set {
        case 0x1: "sse41"
        case 0x3: "avx"
        case 0x7: "avx2"
        case 0x407: "avx2_vnni"
        case 0x27: "avx512_core"
        case 0x67: "avx512_core_vnni"
        case 0xe7: "avx512_core_bf16"
        case 0x3e7: "avx512_core_amx"
        default: "instructions 0x" + String(set, radix: 16)
        }
    }
}

extension ArithmeticError {
    init(_ failure: longscan_onednn_failure) {
        let name = unsafe failure.function.map { unsafe String(cString: $0) } ?? ""
        self =
            unsafe failure.status == 0
            ? .missingFunction(name, .oneDNN) : .failedFunction(name, status: Int(failure.status), .oneDNN)
    }
}
