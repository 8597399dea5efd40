internal import CKernels

/// The numeric operations of the model, for one instruction set: numbers in, numbers out.
///
/// Every operation is deterministic: its bits follow from its arguments and the `profile`. It has no state and no threads
/// of its own; lanes share it.
public struct Arithmetic: Sendable {
    let blas: OpenBLAS
    let instructionSet: InstructionSet

    /// Calls of fewer rows than this use a product of our own, whose sum runs in one order for every row, so that a row's
    /// bits do not depend on how many rows are in the call. It is also several times faster there than OpenBLAS.
    public static let fewRows = 8

    /// - Parameter instructionSet: one that runs on this machine; `nil`: `InstructionSet.chosen`.
    /// - Throws: `ArithmeticError` when OpenBLAS cannot be loaded, or the environment asks for other instructions than
    ///   this machine has.
    public init(instructionSet: InstructionSet? = nil) throws(ArithmeticError) {
        let chosen = try InstructionSet.chosen()
        self.instructionSet = instructionSet ?? chosen
        precondition(
            InstructionSet.supported.contains(self.instructionSet), "\(self.instructionSet) does not run here")
        blas = try OpenBLAS.load()
    }

    /// What fixes the bits of the results.
    public var profile: ArithmeticProfile {
        ArithmeticProfile(
            blas: blas.configuration, blasCore: blas.core, instructionSet: instructionSet.rawValue, dataType: "float32")
    }

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
    public var dataType: String

    public init(blas: String, blasCore: String, instructionSet: String, dataType: String) {
        self.blas = blas
        self.blasCore = blasCore
        self.instructionSet = instructionSet
        self.dataType = dataType
    }

    public var description: String { "\(blas) [\(blasCore)], kernels \(instructionSet), \(dataType)" }
}
