#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The matrix product of OpenBLAS, loaded at run time.
///
/// OpenBLAS is not linked, because its constructor chooses the kernel at load time, from `OPENBLAS_CORETYPE` or from a
/// table of known CPUs. Debian's 0.3.21 does not know newer CPUs and takes a kernel of half the speed or less, so this
/// type sets the right kernel first. It uses one thread: lanes compute side by side on different documents.
@safe public struct OpenBLAS: Sendable {
    /// The version and build options, as the library states them.
    public let configuration: String
    /// The name of the kernel in use, for example `SkylakeX`.
    public let core: String
    private let sgemm: SingleProduct

    /// Loads the library, once per process.
    ///
    /// The first call sets environment variables, so it must come before other threads are started.
    ///
    /// - Throws: `ArithmeticError` when the library or a function of it is missing, or the environment asks for
    ///   instructions that this machine does not have.
    public static func load() throws(ArithmeticError) -> OpenBLAS {
        try loaded.get()
    }

    private static let loaded = Result<OpenBLAS, ArithmeticError> { () throws(ArithmeticError) in
        try OpenBLAS(for: InstructionSet.chosen())
    }

    private init(for instructionSet: InstructionSet) throws(ArithmeticError) {
        Self.prepareEnvironment(for: instructionSet)
        let library = try unsafe ArithmeticError.Library.openBLAS.load()
        func symbol(_ name: String) throws(ArithmeticError) -> UnsafeMutableRawPointer {
            guard let address = unsafe dlsym(library, name) else {
                throw ArithmeticError.missingFunction(name, .openBLAS)
            }
            return unsafe address
        }
        let product = try unsafe symbol("cblas_sgemm")
        let setThreads = try unsafe symbol("openblas_set_num_threads")
        let coreName = try unsafe symbol("openblas_get_corename")
        let configuration = try unsafe symbol("openblas_get_config")
        // Each signature is that of OpenBLAS's cblas.h; blasint is a 32-bit integer in this library.
        unsafe sgemm = unsafeBitCast(product, to: SingleProduct.self)
        unsafe unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)(1)
        core = unsafe Self.text(coreName)
        self.configuration = unsafe Self.text(configuration)
    }

    /// A row-major factor of a product, possibly stored transposed.
    @unsafe struct Factor {
        var start: UnsafePointer<Float>
        var stride: Int
        var transposed = false
    }

    /// Computes result[rows, columns] = left[rows, inner] · right[inner, columns] + scale · result.
    @unsafe func product(
        rows: Int, columns: Int, inner: Int, left: Factor, right: Factor, scale: Float,
        result: UnsafeMutablePointer<Float>, resultStride: Int
    ) {
        // The values are those of CBLAS_ORDER and CBLAS_TRANSPOSE in cblas.h.
        let rowMajor: Int32 = 101
        let plain: Int32 = 111
        let transposed: Int32 = 112
        unsafe sgemm(
            rowMajor, left.transposed ? transposed : plain, right.transposed ? transposed : plain, Int32(rows),
            Int32(columns), Int32(inner), 1, left.start, Int32(left.stride), right.start, Int32(right.stride), scale,
            result, Int32(resultStride))
    }

    private typealias SingleProduct =
        @convention(c) @Sendable (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32,
            Float, UnsafeMutablePointer<Float>, Int32
        ) -> Void

    private static func prepareEnvironment(for instructionSet: InstructionSet) {
        unsafe setenv("OPENBLAS_NUM_THREADS", "1", 1)
        let core: String? =
            switch instructionSet {
            case .avx512: "SkylakeX"
            case .avx2: "Haswell"
            case .portable: nil
            }
        // The user's value has precedence.
        if let core { unsafe setenv("OPENBLAS_CORETYPE", core, 0) }
    }

    private static func text(_ function: UnsafeMutableRawPointer) -> String {
        typealias Text = @convention(c) () -> UnsafePointer<CChar>?
        guard let characters = unsafe unsafeBitCast(function, to: Text.self)() else { return "" }
        return unsafe String(cString: characters)
    }
}

extension ArithmeticError.Library {
    /// - Throws: `ArithmeticError.missingLibrary` with the loader's reason.
    @unsafe func load() throws(ArithmeticError) -> UnsafeMutableRawPointer {
        if let library = unsafe dlopen(rawValue, RTLD_NOW | RTLD_LOCAL) { return unsafe library }
        let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
        throw ArithmeticError.missingLibrary(self, reason: reason)
    }
}
