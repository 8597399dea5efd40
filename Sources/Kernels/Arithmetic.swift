internal import CKernels

/// The numeric operations of the model, for one instruction set.
///
/// Every operation is deterministic: its bits depend only on its arguments and the `profile`. The arithmetic has no
/// state and no threads of its own; lanes share it.
public struct Arithmetic: Sendable {
    let blas: OpenBLAS
    let instructionSet: InstructionSet
    /// The data type that linear layers round their factors to.
    public let dataType: DataType
    /// The provider of the products of linear layers.
    public let product: ProductProvider

    /// The number of rows from which on OpenBLAS computes a product. Fewer rows use a kernel of this module, which sums
    /// in one order for every row. So the bits of a row do not depend on the number of rows in the call. The kernel is
    /// also several times faster there than OpenBLAS.
    public static let fewRows = 8

    /// - Parameters:
    ///   - instructionSet: an instruction set of this machine; `nil`: `InstructionSet.chosen`.
    ///   - product: the provider of the products of linear layers; `nil`: the environment's choice, or the fastest.
    /// - Throws: `ArithmeticError` when a library cannot be loaded or has no such product, or the environment asks for
    ///   a choice that this machine does not have.
    public init(
        dataType: DataType = .float32, instructionSet: InstructionSet? = nil, product: ProductProvider? = nil
    ) throws(ArithmeticError) {
        let chosen = try InstructionSet.chosen()
        let set = instructionSet ?? chosen
        precondition(InstructionSet.supported.contains(set), "\(set) does not run here")
        self.instructionSet = set
        self.dataType = dataType
        // Panels were measured to be faster on AVX-512 and AVX2. The portable kernels were not measured.
        let fastest = dataType == .bfloat16 || set != .portable ? ProductProvider.panels : .openBLAS
        let named = try ProductProvider.chosen()
        self.product = product ?? named ?? fastest
        blas = try OpenBLAS.load()
        guard self.product == .panels || dataType == .float32 else {
            throw .unsupportedProducts(.openBLAS, dataType, reason: "OpenBLAS computes float32 alone here")
        }
    }

    /// The profile, which determines the bits of the results.
    public var profile: ArithmeticProfile {
        ArithmeticProfile(
            blas: blas.configuration, blasCore: blas.core, instructionSet: instructionSet.rawValue,
            product: productDescription, dataType: dataType.rawValue)
    }

    private var productDescription: String {
        unsafe dataType == .bfloat16 && dotProduct != nil
            ? product.rawValue + " of VDPBF16PS" : product.rawValue
    }

    /// The bfloat16 product with the CPU's instruction for it. Not every CPU with AVX-512 has the instruction.
    private var dotProduct: longscan_bfloat16_product? {
        instructionSet == .avx512 ? unsafe longscan_bfloat16_dot_product() : nil
    }

    var bfloat16Product: longscan_bfloat16_product { unsafe dotProduct ?? kernels.packed_product_bfloat16 }

    var kernels: longscan_kernel_table { unsafe instructionSet.kernels }
}

/// The choices that determine the bits of the arithmetic. Two machines of equal profile give equal bytes.
public struct ArithmeticProfile: Sendable, Equatable, Hashable, Codable, CustomStringConvertible {
    /// The version and build options of OpenBLAS.
    public var blas: String
    /// The kernel that OpenBLAS uses.
    public var blasCore: String
    /// The instruction set of this module's kernels.
    public var instructionSet: String
    /// The provider of the products of linear layers: `ProductProvider`, with version and instructions if there is a
    /// choice.
    public var product: String
    /// The `DataType` of the linear layers.
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
