/// The arithmetic cannot be had: OpenBLAS is not there or not as expected, or other instructions are asked for than there are.
public enum ArithmeticError: Error, Equatable, CustomStringConvertible {
    case missingLibrary(name: String, reason: String)
    case missingFunction(String, library: String)
    /// `LONGSCAN_INSTRUCTIONS` names no instruction set of this machine.
    case unsupportedInstructions(String, supported: [InstructionSet])

    public var description: String {
        switch self {
        case .missingLibrary(let name, let reason):
            "loading \(name): \(reason); install OpenBLAS (Debian and Ubuntu: libopenblas0)"
        case .missingFunction(let function, let library):
            "loading \(library): it has no function \(function); install OpenBLAS (Debian and Ubuntu: libopenblas0)"
        case .unsupportedInstructions(let name, let supported):
            "\(InstructionSet.variable) is '\(name)'; this machine has "
                + supported.map(\.rawValue).joined(separator: ", ")
        }
    }
}
