internal import CKernels

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The instruction set of the leaf loops. It is a part of the profile: another set gives other last bits.
public enum InstructionSet: String, Sendable, CaseIterable {
    case portable
    case avx2
    case avx512

    /// The best instruction set of this CPU and operating system.
    public static let best = InstructionSet(longscan_best_instruction_set())

    /// The environment variable that names the instruction set to use in place of the best one. With it, machines of
    /// several kinds compute on one profile.
    public static let variable = "LONGSCAN_INSTRUCTIONS"

    /// The environment's choice, or the best instruction set.
    ///
    /// - Throws: `ArithmeticError.unsupportedInstructions`.
    public static func chosen() throws(ArithmeticError) -> InstructionSet {
        guard let value = unsafe getenv(variable) else { return best }
        return try named(unsafe String(cString: value))
    }

    /// - Throws: `ArithmeticError.unsupportedInstructions` when this machine has no instruction set of this name.
    package static func named(_ name: String) throws(ArithmeticError) -> InstructionSet {
        guard let set = supported.first(where: { $0.rawValue == name }) else {
            throw ArithmeticError.unsupportedInstructions(name, supported: supported)
        }
        return set
    }

    /// All instruction sets of this machine.
    public static let supported = allCases.filter { $0.rank <= best.rank }

    private init(_ value: longscan_instruction_set) {
        self =
            switch value {
            case LONGSCAN_AVX512: .avx512
            case LONGSCAN_AVX2: .avx2
            default: .portable
            }
    }

    private var rank: UInt32 { number.rawValue }

    var number: longscan_instruction_set {
        switch self {
        case .portable: LONGSCAN_PORTABLE
        case .avx2: LONGSCAN_AVX2
        case .avx512: LONGSCAN_AVX512
        }
    }

    /// The kernels compiled for this instruction set.
    var kernels: longscan_kernel_table { unsafe longscan_kernels(number).pointee }
}
