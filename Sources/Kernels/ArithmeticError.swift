/// An error of the arithmetic: a library is missing or not as expected, or the environment asks for a choice that this
/// machine does not have.
public enum ArithmeticError: Error, Equatable, CustomStringConvertible {
    case missingLibrary(Library, reason: String)
    case missingFunction(String, Library)
    /// `LONGSCAN_INSTRUCTIONS` names no instruction set of this machine.
    case unsupportedInstructions(String, supported: [InstructionSet])
    /// `LONGSCAN_PRODUCTS` names no product provider.
    case unknownProducts(String)
    /// The product provider does not support the data type or the instructions.
    case unsupportedProducts(ProductProvider, DataType, reason: String)

    /// A library that is loaded at run time, by its file name.
    public enum Library: String, Sendable {
        case openBLAS = "libopenblas.so.0"

        fileprivate var advice: String {
            switch self {
            case .openBLAS: "install OpenBLAS (Debian and Ubuntu: libopenblas0)"
            }
        }
    }

    public var description: String {
        switch self {
        case .missingLibrary(let library, let reason):
            "loading \(library.rawValue): \(reason); \(library.advice)"
        case .missingFunction(let function, let library):
            "loading \(library.rawValue): it has no function \(function); \(library.advice)"
        case .unsupportedInstructions(let name, let supported):
            "\(InstructionSet.variable) is '\(name)'; this machine has "
                + supported.map(\.rawValue).joined(separator: ", ")
        case .unknownProducts(let name):
            "\(ProductProvider.variable) is '\(name)', which is none of "
                + ProductProvider.allCases.map(\.rawValue).joined(separator: ", ")
        case .unsupportedProducts(let product, let dataType, let reason):
            "products by \(product.rawValue) in \(dataType.rawValue): \(reason)"
        }
    }
}
