internal import CKernels

/// The numeric operations of the model, for one instruction set: numbers in, numbers out.
///
/// Every operation is deterministic: its bits follow from its arguments and the `profile`. It has no state and no
/// threads of its own; lanes share it.
public struct Arithmetic: Sendable {
    let blas: OpenBLAS
    let instructionSet: InstructionSet
    /// What linear layers are rounded to.
    public let dataType: DataType
    /// What computes the products of linear layers.
    public let product: ProductProvider

    /// With OpenBLAS, calls of fewer rows than this use a product of our own, whose sum runs in one order for every
    /// row, so that a row's bits do not depend on how many rows are in the call. It is also several times faster there
    /// than OpenBLAS.
    public static let fewRows = 8

    /// - Parameters:
    ///   - instructionSet: one that runs on this machine; `nil`: `InstructionSet.chosen`.
    ///   - product: of linear layers; `nil`: what the environment names, or the fastest.
    /// - Throws: `ArithmeticError` when a library cannot be loaded or has no such product, or the environment asks for
    ///   what this machine does not have.
    public init(
        dataType: DataType = .float32, instructionSet: InstructionSet? = nil, product: ProductProvider? = nil
    ) throws(ArithmeticError) {
        let chosen = try InstructionSet.chosen()
        let set = instructionSet ?? chosen
        precondition(InstructionSet.supported.contains(set), "\(set) does not run here")
        self.instructionSet = set
        self.dataType = dataType
        // Measured on AVX-512 and AVX2: our own are ahead. What other machines make of the portable kernels was not.
        let fastest = dataType == .bfloat16 || set != .portable ? ProductProvider.panels : .openBLAS
        let named = try ProductProvider.chosen()
        self.product = product ?? named ?? fastest
        blas = try OpenBLAS.load()
        guard self.product == .panels || dataType == .float32 else {
            throw .unsupportedProducts(.openBLAS, dataType, reason: "OpenBLAS computes float32 alone here")
        }
    }

    /// What fixes the bits of the results.
    public var profile: ArithmeticProfile {
        ArithmeticProfile(
            blas: blas.configuration, blasCore: blas.core, instructionSet: instructionSet.rawValue,
            product: productDescription, dataType: dataType.rawValue)
    }

    private var productDescription: String {
        unsafe dataType == .bfloat16 && dotProduct != nil
            ? product.rawValue + " of VDPBF16PS" : product.rawValue
    }

    /// The product of bfloat16 with the instruction for it, which not every CPU with AVX-512 has.
    private var dotProduct: longscan_bfloat16_product? {
        instructionSet == .avx512 ? unsafe longscan_bfloat16_dot_product() : nil
    }

    var bfloat16Product: longscan_bfloat16_product { unsafe dotProduct ?? kernels.packed_product_bfloat16 }

    var kernels: longscan_kernel_table { unsafe instructionSet.kernels }
}

/// What fixes the bits of the arithmetic: two machines of equal profile give equal bytes.
public struct ArithmeticProfile: Sendable, Equatable, Hashable, Codable, CustomStringConvertible {
    /// OpenBLAS's version and build options.
    public var blas: String
    /// The kernel that OpenBLAS uses.
    public var blasCore: String
    /// What our own kernels are compiled for.
    public var instructionSet: String
    /// What computes the products of linear layers: `ProductProvider`, with version and instructions where there is a
    /// choice.
    public var product: String
    /// `DataType`
    public var dataType: String

    public init(blas: String, blasCore: String, instructionSet: String, product: String, dataType: String) {
        self.blas = blas
        self.blasCore = blasCore
        self.instructionSet = instructionSet
        self.product = product
        self.dataType = dataType
    }

    public var description: String {
        "\(blas) [\(blasCore)], kernels \(instructionSet), products \(product), \(dataType)"
    }
}
