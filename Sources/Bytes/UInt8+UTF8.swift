extension UInt8 {
    /// Whether the byte goes on with a scalar of UTF-8 that another byte began (The Unicode Standard, table 3-6).
    @inlinable public var continuesScalar: Bool { self & 0xC0 == 0x80 }
}
