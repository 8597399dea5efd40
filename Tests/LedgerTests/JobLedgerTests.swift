import Coordination
import Foundation
import Ledger
import TestSupport
import Testing

@Suite struct JobLedgerTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/ledger.sqlite" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func position(next: Int, output: Int = 0, ahead: Int = 0) -> JobLedger.Position {
        var position = JobLedger.Position()
        position.nextOrdinal = next
        position.outputLength = output
        position.aheadLength = ahead
        position.documentsDone = next
        return position
    }

    @Test func whatWasCommittedIsThereAgain() throws {
        let entry = JobLedger.AheadEntry(ordinal: 4, offset: 10, length: 20, isError: true)
        do {
            let ledger = try JobLedger(path: path, job: JobID("a"))
            #expect(try ledger.position() == JobLedger.Position())
            try ledger.commit(
                finished: [.init(ordinal: 0, id: "zero", profile: "p"), .init(ordinal: 4, id: nil)], ahead: [entry],
                position: position(next: 1, output: 100, ahead: 30))
        }
        let ledger = try JobLedger(path: path, job: JobID("a"))
        #expect(try ledger.position() == position(next: 1, output: 100, ahead: 30))
        #expect(try ledger.ordinalsAhead() == RangeSet([4..<5]))
        #expect(try ledger.aheadEntry(ordinal: 4) == entry)
        #expect(try ledger.ordinal(ofID: "zero") == 0)
        #expect(try ledger.ordinal(ofID: "four") == nil)
        #expect(try ledger.profiles() == [.init(name: "p", documents: 1)])
    }

    @Test func documentsAreCountedByProfileOverEveryStart() throws {
        for (ordinal, profile) in ["q", "p", nil, "q"].enumerated() {
            let ledger = try JobLedger(path: path, job: JobID("a"))
            try ledger.commit(
                finished: [.init(ordinal: ordinal, id: "\(ordinal)", profile: profile)], ahead: [],
                position: position(next: ordinal + 1))
        }
        let profiles = try JobLedger(path: path, job: JobID("a")).profiles()
        #expect(profiles == [.init(name: "q", documents: 2), .init(name: "p", documents: 1)])
    }

    @Test func entriesWhoseTurnHasComeAreDropped() throws {
        let ledger = try JobLedger(path: path, job: JobID("a"))
        let entry = JobLedger.AheadEntry(ordinal: 1, offset: 0, length: 1, isError: false)
        try ledger.commit(finished: [.init(ordinal: 1, id: "b")], ahead: [entry], position: position(next: 0, ahead: 1))
        try ledger.commit(finished: [.init(ordinal: 0, id: "a")], ahead: [], position: position(next: 2))
        #expect(try ledger.ordinalsAhead().isEmpty)
        #expect(try ledger.ordinal(ofID: "b") == 1)
    }

    @Test func aLedgerServesOneJob() throws {
        _ = try JobLedger(path: path, job: JobID("a"))
        #expect(throws: LedgerError.otherJob(path: path)) { try JobLedger(path: path, job: JobID("b")) }
    }

    @Test func aLedgerServesOneCoordinator() throws {
        let first = try JobLedger(path: path, job: JobID("a"))
        #expect(throws: LedgerError.inUse(path: path, by: Int(ProcessInfo.processInfo.processIdentifier))) {
            try JobLedger(path: path, job: JobID("a"))
        }
        #expect(try first.position() == JobLedger.Position())
    }

    @Test func anotherModelIsRefused() throws {
        do {
            let ledger = try JobLedger(path: path, job: JobID("a"))
            try ledger.checkModel("sha256:1")
            try ledger.checkModel("sha256:1")
        }
        let ledger = try JobLedger(path: path, job: JobID("a"))
        let error = LedgerError.modelChanged(path: path, began: "sha256:1", found: "sha256:2")
        #expect(throws: error) { try ledger.checkModel("sha256:2") }
        #expect("\(error)".hasPrefix("the model has changed since the job began: sha256:1 then, sha256:2 now; "))
        try ledger.checkModel("sha256:1")
    }

    @Test func changedInputsAreNamed() throws {
        let ledger = try JobLedger(path: path, job: JobID("a"))
        let inputs = [
            JobLedger.Input(path: "/a", size: 1, modified: 2), JobLedger.Input(path: "/b", size: 3, modified: 4),
        ]
        func detail(_ inputs: [JobLedger.Input]) -> String? {
            do {
                var rest = inputs[...]
                try ledger.checkInputs { rest.popFirst() }
                return nil
            } catch LedgerError.inputsChanged(_, let detail) {
                return detail
            } catch {
                return "\(error)"
            }
        }
        #expect(detail(inputs) == nil)
        #expect(detail(inputs) == nil)
        #expect(detail([inputs[0]]) == "/b is no longer among them")
        #expect(detail(inputs + [.init(path: "/c", size: 0, modified: 0)]) == "/c is new")
        #expect(detail([inputs[0], .init(path: "/b", size: 3, modified: 5)]) == "/b was modified")
        #expect(detail(inputs.reversed()) == "their order is another")
        #expect(detail([inputs[1]]) == "/a is no longer among them")
        #expect(detail([inputs[0], inputs[0], inputs[1]]) == "their order is another")
        #expect(detail(inputs + [inputs[0]]) == "one of them is there twice")
        #expect(detail([]) == "/a is no longer among them")
        #expect(detail(inputs) == nil)
    }

    @Test func inputsThatCannotBeListedAreNotRemembered() throws {
        struct Unlisted: Error {}
        let ledger = try JobLedger(path: path, job: JobID("a"))
        var rest = [JobLedger.Input(path: "/a", size: 1, modified: 2)]
        #expect(throws: Unlisted.self) {
            try ledger.checkInputs {
                guard let input = rest.popLast() else { throw Unlisted() }
                return input
            }
        }
        try ledger.forEachInput { input in Issue.record("\(input.path) was remembered") }
    }

    @Test func digestsBelongToTheirInputs() throws {
        let inputs = ["/a", "/b", "/c"].map { JobLedger.Input(path: $0, size: 1, modified: 2) }
        do {
            let ledger = try JobLedger(path: path, job: JobID("a"))
            var rest = inputs[...]
            try ledger.checkInputs { rest.popFirst() }
            try ledger.addDigests([2: "cc"])
            try ledger.addDigests([0: "aa"])
        }
        let ledger = try JobLedger(path: path, job: JobID("a"))
        var found: [JobLedger.Input] = []
        try ledger.forEachInput { found.append($0) }
        #expect(found.map(\.path) == inputs.map(\.path))
        #expect(found.map(\.sha256) == ["aa", nil, "cc"])
        #expect(try ledger.inputs(from: 1, atMost: 1).map(\.path) == ["/b"])
        #expect(try ledger.inputTotals() == (3, 3))
        struct Enough: Error {}
        #expect(throws: Enough.self) { try ledger.forEachInput { _ in throw Enough() } }
    }

    @Test func aFileThatIsNoLedgerIsNamed() throws {
        let path = directory.path
        #expect {
            try JobLedger(path: path, job: JobID("a"))
        } throws: { error in
            "\(error)".hasPrefix("cannot open the ledger \(path): ")
        }
    }
}

@Suite struct CoordinatorLedgerTests {
    @Test func epochsGrowOverStarts() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/coordinator.sqlite"
        var epochs: [UInt32] = []
        for _ in 0..<3 { epochs.append(try CoordinatorLedger(path: path).nextEpoch()) }
        #expect(epochs == [1, 2, 3])
    }

    @Test func acceptedJobsAreKeptInOrderUntilTheyFinish() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/coordinator.sqlite"
        do {
            let ledger = try CoordinatorLedger(path: path)
            for name in ["c", "a", "b", "c"] { try ledger.accept(JobID(name), json: "job \(name)") }
            try ledger.finished(JobID("a"))
        }
        #expect(try CoordinatorLedger(path: path).jobs() == ["job c", "job b"])
    }
}
