/// What fixes the bits of this machine's arithmetic in every data type: two machines of equal profile give equal bytes
/// for any job.
public struct MachineProfile: Sendable, Equatable, CustomStringConvertible {
    /// One for each data type.
    public let profiles: [ArithmeticProfile]

    /// - Throws: what `Arithmetic` throws.
    public init() throws(ArithmeticError) {
        var profiles: [ArithmeticProfile] = []
        for dataType in DataType.allCases { profiles.append(try Arithmetic(dataType: dataType).profile) }
        self.profiles = profiles
    }

    /// The profiles in words; what all begin with is said once.
    public var description: String {
        let parts = profiles.map { "\($0)".split(separator: ", ") }
        let common = parts[0].indices.prefix { place in
            parts.allSatisfy { place < $0.count && $0[place] == parts[0][place] }
        }.count
        let rest = parts.map { $0.dropFirst(common).joined(separator: ", ") }.joined(separator: " | ")
        return parts[0].prefix(common).map { $0 + ", " }.joined() + rest
    }
}
