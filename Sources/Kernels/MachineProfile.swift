/// The profiles of this machine in every data type. Two machines of equal profile give equal bytes for any job.
public struct MachineProfile: Sendable, Equatable, CustomStringConvertible {
    /// The profiles, one for each data type that this machine supports.
    public let profiles: [ArithmeticProfile]

    /// - Throws: the error of `Arithmetic` when no data type is supported.
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

    /// The profiles in words. Their common beginning is stated once.
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
