import Checkpoints
import Foundation
import Kernels
import Mamba

/// The comparison of the fast model with plain loops.
struct SelftestArithmetic {
    private static let tokens = 1500

    func check(_ report: inout SelftestReport) throws {
        try report.check("profile") { Finding(isGood: true, text: try MachineProfile().description) }
        for family in ModelFamily.all {
            try report.check("arithmetic") { try finding(family) }
        }
    }

    private func finding(_ family: ModelFamily) throws -> Finding {
        let deviation = try Deviation(
            configuration: SelftestDirectory.configuration(family), source: RandomWeights(seed: 1),
            arithmetic: Arithmetic(), tokens: SelftestDirectory.tokens(Self.tokens, document: 0))
        let text =
            "\(family.name): \(Self.tokens.grouped) tokens beside plain float64 loops: rows differ by "
            + "\(Self.text(deviation.rows)), the state by \(Self.text(deviation.state)) of the largest number; "
            + "\(Self.text(Deviation.tolerance)) is allowed"
        return Finding(isGood: deviation.isTolerable, text: text)
    }

    private static func text(_ number: Double) -> String { String(format: "%.0e", number) }
}
