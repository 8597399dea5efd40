/// What fixes the bits of this machine's arithmetic in every data type: two machines of equal profile give equal bytes
/// for any job.
public struct MachineProfile: Sendable, Equatable, CustomStringConvertible {
    /// One for each data type that this machine computes in.
    public let profiles: [ArithmeticProfile]

    /// - Throws: what `Arithmetic` throws, when it can be had in no data type.
    public init() throws(ArithmeticError) {
        var profiles: [ArithmeticProfile] = []
        var failure: ArithmeticError?
        for dataType in DataType.allCases {
            do throws(ArithmeticError) {
                profiles.append(try Arithmetic(dataType: dataType).profile)
            } catch {
                failure = failure ?? error
            }
        }
        if profiles.isEmpty, let failure { throw failure }
        self.init(profiles: profiles)
    }

    package init(profiles: [ArithmeticProfile]) {
        self.profiles = profiles
    }

    /// The profiles in words; what all begin with is said once.
    public var description: String {
        let parts = profiles.map { "\($0)".split(separator: ", ") }
        guard let first = parts.first else { return "" }
        let common = first.indices.dropLast().prefix { place in
            parts.allSatisfy { place < $0.count && $0[place] == first[place] }
        }.count
        let rest = parts.map { $0.dropFirst(common).joined(separator: ", ") }.joined(separator: " | ")
        return first.prefix(common).map { $0 + ", " }.joined() + rest
    }
}
