import ArgumentParser
import Coordination
import Foundation
import Synchronization

struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Show in a minute that what longscan promises holds on this machine.",
        discussion: """
            Needs no model, no documents and no network: small models of all three families get random weights, documents \
            random tokens. Everything lies in a temporary directory (TMPDIR) that is removed at the end. A line tells of \
            each check when it is done:

              profile     OpenBLAS, its version and kernel, and the instructions of longscan's own loops: on two \
            machines that show the same line, results have the same bytes
              arithmetic  this CPU's fast loops beside plain ones in float64: the largest difference, and what is allowed
              same bytes  one job with chunks of three sizes, 1 and 2 workers, 1 and 2 lanes: one SHA-256
              crash       a worker and then the coordinator killed (kill -9) in the middle, the same command again
              state       what a document carries, written to a file, read by another copy of the model, continued
              error row   two bad documents among good ones

            Ends with status 0 if every line says ok, else with 1. To let machines of different kinds compute the same \
            bytes, set LONGSCAN_INSTRUCTIONS on all of them to what the smallest one has: portable, avx2 or avx512.
            """)

    func run() throws {
        try CommandFailure.catching {
            let interruption = Interruption()
            let signals = Signals { interruption.signal($0) }
            try withExtendedLifetime(signals) {
                let directory = try SelftestDirectory()
                defer { directory.remove() }
                var report = SelftestReport(interruption: interruption)
                try SelftestArithmetic().check(&report)
                try SelftestRuns(directory: directory).check(&report)
                try SelftestState(directory: directory).check(&report)
                StandardOutput.write(report.summary)
                if report.failures > 0 { throw CommandFailure("", ExitStatus.failure) }
            }
        }
    }
}

/// A signal that came while no run was there to be told of it.
final class Interruption: Sendable {
    private let number = Atomic<Int32>(0)

    func signal(_ number: Int32) {
        self.number.store(number, ordering: .relaxed)
    }

    /// - Throws: `CommandFailure` if there was a signal.
    func check() throws {
        let number = number.load(ordering: .relaxed)
        if number != 0 { throw CommandFailure("", 128 + number) }
    }
}

/// What a check found.
struct Finding {
    var isGood: Bool
    /// What was done, with figures.
    var text: String
}

/// The lines of a selftest as they come.
struct SelftestReport {
    private let interruption: Interruption
    private let start = ContinuousClock.now
    private var checks = 0
    private(set) var failures = 0

    init(interruption: Interruption) {
        self.interruption = interruption
    }

    /// Makes a check and tells what it found. What it throws is a failure of the check, unless it is an interruption.
    mutating func check(_ name: String, _ body: () throws -> Finding) throws {
        try interruption.check()
        var finding: Finding
        do {
            finding = try body()
        } catch let failure as CommandFailure where failure.exitStatus > 128 {
            throw failure
        } catch {
            finding = Finding(isGood: false, text: CommandFailure(error).message)
        }
        checks += 1
        failures += finding.isGood ? 0 : 1
        let head = name.padding(toLength: 12, withPad: " ", startingAt: 0)
        StandardOutput.write("\(finding.isGood ? "ok    " : "FAILED")  \(head)\(finding.text)\n")
    }

    var summary: String {
        let seconds = start.duration(to: .now).seconds.rounded()
        return "\(checks - failures) of \(checks) checks are ok, in \(Int(seconds)) seconds\n"
    }
}
