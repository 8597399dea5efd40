import ArgumentParser
import Coordination
import Foundation
import Synchronization

struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Check longscan's promises on this machine, in a minute.",
        discussion: """
            Needs no model, no documents and no network: small models of all three families get random weights, and \
            documents get random tokens. All files are in a temporary directory (TMPDIR), which is removed at the end. \
            Each check prints a line when it is done:

              profile     what fixes the bits of results: OpenBLAS, its version and
                          kernel, the instructions of longscan's own loops,
                          the products of each data type
              arithmetic  the fast loops on this CPU beside plain ones in float64:
                          the largest differences, and what is allowed
              same bytes  a job in chunks of three sizes by 1 and 2 workers of 1
                          and 2 lanes: every output has one SHA-256
              crash       a worker, then the coordinator killed (kill -9) in the
                          middle, and the same job run again: the same SHA-256
              error row   two bad documents among good ones
              state       a document's state, written to a file, read by
                          another copy of the model, continued: the same bits

            Ends with status 0 if every line says ok, else with 1. Results of machines that show the same profile have the \
            same bytes. LONGSCAN_INSTRUCTIONS=avx2 gives a machine with AVX-512 the profile of one without.
            """)

    func run() throws {
        try CommandFailure.catching {
            let interruption = Interruption()
            let signals = try Signals { interruption.signal($0) }
            try withExtendedLifetime(signals) {
                let directory = try SelftestDirectory()
                defer { directory.remove() }
                var report = SelftestReport(interruption: interruption)
                try SelftestArithmetic().check(&report)
                try SelftestRuns(directory: directory).check(&report)
                try SelftestState(directory: directory).check(&report)
                try StandardOutput.write(report.summary)
                if report.failures > 0 { throw CommandFailure("", ExitStatus.failure) }
            }
        }
    }
}

/// A signal that came while no run could take it.
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

/// The finding of a check.
struct Finding {
    var isGood: Bool
    /// The description of the check, with figures.
    var text: String
}

/// The report of a selftest, line by line.
struct SelftestReport {
    private let interruption: Interruption
    private let start = ContinuousClock.now
    private var checks = 0
    private(set) var failures = 0

    init(interruption: Interruption) {
        self.interruption = interruption
    }

    /// Makes a check and reports its finding. An error is a failure of the check, unless it is an interruption.
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
        try StandardOutput.write("\(finding.isGood ? "ok    " : "FAILED")  \(head)\(finding.text)\n")
    }

    var summary: String {
        let seconds = start.duration(to: .now).seconds.rounded()
        return "\(checks - failures) of \(checks) checks are ok, in \(Int(seconds)) seconds\n"
    }
}
