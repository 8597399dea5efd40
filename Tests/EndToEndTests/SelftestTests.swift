import Foundation
import TestSupport
import Testing

@Suite struct SelftestTests {
    private static let checks = ["profile", "arithmetic", "same bytes", "crash", "error row", "state"]

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func selftest(_ environment: String...) throws -> Ended {
        try Longscan.start(["selftest"], wrapper: ["/usr/bin/env", "TMPDIR=\(directory.path)"] + environment).ended()
    }

    @Test func everyCheckIsOkAndNothingIsLeftBehind() throws {
        let ended = try selftest()
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.output)\(ended.errors)")
        let lines = ended.output.split(separator: "\n")
        for check in Self.checks {
            #expect(lines.contains { $0.hasPrefix("ok      \(check) ") }, "\(check) in \(ended.output)")
        }
        #expect(lines.last?.hasPrefix("13 of 13 checks are ok, in ") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test(arguments: [
        ("LONGSCAN_INSTRUCTIONS=none", "LONGSCAN_INSTRUCTIONS is 'none'; this machine has portable"),
        ("LONGSCAN_PRODUCTS=none", "LONGSCAN_PRODUCTS is 'none', which is none of panels, openBLAS"),
    ])
    func whatFailsIsNamedAndTheStatusIs1(setting: String, message: String) throws {
        let ended = try selftest(setting)
        #expect(ended.status == 1)
        let lines = ended.output.split(separator: "\n")
        for check in Self.checks {
            #expect(lines.contains { $0.hasPrefix("FAILED  \(check) ") }, "\(check) in \(ended.output)")
        }
        #expect(lines.first?.contains(message) == true)
        #expect(lines.last?.hasPrefix("0 of ") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
