#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The provider of the products of linear layers. It is a part of the profile: another provider gives other last bits.
public enum ProductProvider: String, Sendable, Codable, CaseIterable {
    /// This module's kernel over weights in panels. The bits of a row depend neither on the number of rows nor on its
    /// place.
    case panels
    /// OpenBLAS over weights in a checkpoint's order, and a kernel of this module for few rows. It has no bfloat16
    /// product.
    case openBLAS

    /// The environment variable that names the provider to use in place of the default. With it, machines of several
    /// kinds compute on one profile.
    public static let variable = "LONGSCAN_PRODUCTS"

    /// The environment's choice; `nil` if it makes none.
    ///
    /// - Throws: `ArithmeticError.unknownProducts`.
    public static func chosen() throws(ArithmeticError) -> ProductProvider? {
        guard let value = unsafe getenv(variable) else { return nil }
        return try named(unsafe String(cString: value))
    }

    /// - Throws: `ArithmeticError.unknownProducts` when no provider has this name.
    package static func named(_ name: String) throws(ArithmeticError) -> ProductProvider {
        guard let product = ProductProvider(rawValue: name) else { throw ArithmeticError.unknownProducts(name) }
        return product
    }
}
