internal import CKernels

/// What the leaf loops are compiled for. Part of the profile: another instruction set gives other last bits.
public enum InstructionSet: String, Sendable, CaseIterable {
    case portable
    case avx2
    case avx512

    /// The best one that this CPU and operating system can run.
    public static let best = InstructionSet(longscan_best_instruction_set())

    /// All that this machine can run.
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

    private var number: longscan_instruction_set {
        switch self {
        case .portable: LONGSCAN_PORTABLE
        case .avx2: LONGSCAN_AVX2
        case .avx512: LONGSCAN_AVX512
        }
    }

    /// The kernels compiled for it.
    var kernels: longscan_kernel_table { unsafe longscan_kernels(number).pointee }
}
