#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What computes the products of the linear layers. Part of the profile: another one gives other last bits.
public enum ProductProvider: String, Sendable, Codable, CaseIterable {
    /// Our own kernel over weights in panels. A row's bits depend neither on the number of rows nor on its place.
    case panels
    /// OpenBLAS over weights as a checkpoint has them; few rows by a kernel of our own. It has no product of bfloat16.
    case openBLAS

    /// Names what computes products in the place of the default, so that machines of several kinds compute on one
    /// profile.
    public static let variable = "LONGSCAN_PRODUCTS"

    /// What the environment asks for.
    ///
    /// - Throws: `ArithmeticError.unknownProducts`.
    public static func chosen() throws(ArithmeticError) -> ProductProvider? {
        guard let value = unsafe getenv(variable) else { return nil }
        return try named(unsafe String(cString: value))
    }

    /// - Throws: `ArithmeticError.unknownProducts` when there is none of this name.
    package static func named(_ name: String) throws(ArithmeticError) -> ProductProvider {
        guard let product = ProductProvider(rawValue: name) else { throw ArithmeticError.unknownProducts(name) }
        return product
    }
}
