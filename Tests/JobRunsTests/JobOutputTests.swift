import Coordination
import Documents
import JobRuns
import Jobs
import Ledger
import TestSupport
import Testing

@Suite struct JobOutputTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: 0..<8) func rowsComeInInputOrderWhateverFinishesFirst(seed: UInt64) throws {
        let documents = FinishedDocument.random(count: 24, seed: seed)
        var generator = SplitMix64(seed: seed)
        let output = try StartedOutput(in: directory)
        for document in documents.shuffled(using: &generator) {
            try output.finish(document)
            if Int.random(in: 0..<4, using: &generator) == 0 { try output.commit() }
        }
        try output.commit()
        try expectComplete(documents, output)
    }

    @Test func rowsWaitForTheirTurnInAFileOfTheirOwn() throws {
        let documents = FinishedDocument.random(count: 4, seed: 1)
        let output = try StartedOutput(in: directory)
        for ordinal in [2, 1, 3] { try output.finish(documents[ordinal]) }
        try output.commit()
        #expect(try directory.text("rows.work/ahead.jsonl") == [2, 1, 3].map { documents[$0].rows }.joined())
        #expect(try directory.text("rows.jsonl").isEmpty)
        #expect(output.progress.ahead == RangeSet([1..<4]))
        try output.finish(documents[0])
        #expect(output.progress.ahead.isEmpty)
        // A crash would still need them.
        #expect(try !directory.text("rows.work/ahead.jsonl").isEmpty)
        try output.commit()
        #expect(try directory.text("rows.work/ahead.jsonl").isEmpty)
        #expect(output.jobOutput.position.aheadLength == 0)
        try expectComplete(documents, output)
    }

    /// Ends without a commit after every number of documents, with a commit after every smaller number.
    @Test(arguments: 0..<3) func aCrashCostsWhatWasNotCommitted(seed: UInt64) throws {
        let documents = FinishedDocument.random(count: 6, seed: seed)
        var generator = SplitMix64(seed: seed)
        let order = documents.shuffled(using: &generator)
        for crash in 0...order.count {
            for commit in 0...crash {
                let directory = try TemporaryDirectory()
                do {
                    let output = try StartedOutput(in: directory)
                    for document in order[..<commit] { try output.finish(document) }
                    try output.commit()
                    for document in order[commit..<crash] { try output.finish(document) }
                }
                let output = try StartedOutput(in: directory)
                for (place, document) in order.enumerated() {
                    #expect(output.progress.isFinished(document.ordinal) == (place < commit))
                    if place >= commit { try output.finish(document) }
                }
                try output.commit()
                try expectComplete(documents, output)
            }
        }
    }

    /// A ledger may count rows that it does not have.
    @Test func rowsAheadThatAreNotThereAreAnError() throws {
        let output = try StartedOutput(in: directory)
        var moved = 0
        let error = #expect(throws: JobRefusal.self) { try output.jobOutput.moveAhead(0..<2, &moved) }
        #expect(error?.refused.failure.code == "ledger")
    }

    @Test func whatIsBehindTheRecordedLengthsIsCutOff() throws {
        let documents = FinishedDocument.random(count: 5, seed: 3, failing: [1])
        do {
            let output = try StartedOutput(in: directory)
            for ordinal in [0, 1, 3] { try output.finish(documents[ordinal]) }
            try output.commit()
        }
        for name in ["rows.jsonl", "rows.errors.jsonl", "rows.work/ahead.jsonl"] {
            try directory.append("{\"torn\":", to: name)
        }
        let output = try StartedOutput(in: directory)
        for ordinal in [4, 2] { try output.finish(documents[ordinal]) }
        try output.commit()
        try expectComplete(documents, output)
    }

    /// The coordinator dies when a file holds any part of its last record, and perhaps something else behind it, as a
    /// disk may leave it that did not write its blocks in order.
    @Test(arguments: ["rows.jsonl", "rows.errors.jsonl", "rows.work/ahead.jsonl"], ["", "\0\0\0", "{\"id\":\"x\"}\n"])
    func aFileIsCutAtEveryByteOfItsLastRecord(name: String, garbage: String) throws {
        let documents = (0..<6).map {
            FinishedDocument(ordinal: $0, rows: "{\"id\":\"d\($0)\",\"x\":\"é\"}\n", isError: $0 % 2 == 1)
        }
        // The last document that is written goes to the file in question; those before it are recorded.
        let last = name == "rows.jsonl" ? 2 : name == "rows.errors.jsonl" ? 3 : 5
        let recorded = last == 5 ? [0, 1, 3] : Array(0..<last)
        for cut in 0...documents[last].rows.utf8.count {
            let directory = try TemporaryDirectory()
            do {
                let output = try StartedOutput(in: directory)
                for ordinal in recorded { try output.finish(documents[ordinal]) }
                try output.commit()
                try output.finish(documents[last])
            }
            let whole = try directory.text(name)
            let kept = whole.utf8.count - documents[last].rows.utf8.count + cut
            try directory.cut(name, to: kept, appending: garbage)
            let output = try StartedOutput(in: directory)
            #expect(documents.filter { output.progress.isFinished($0.ordinal) }.map(\.ordinal) == recorded)
            for document in documents where !output.progress.isFinished(document.ordinal) {
                try output.finish(document)
            }
            try output.commit()
            try expectComplete(documents, output)
        }
    }

    /// Rows that were recorded and are not there cannot be made again by going on: that is said, and nothing is
    /// written.
    @Test func aFileThatLacksAnyByteOfARecordedRowIsRefused() throws {
        let documents = (0..<3).map { FinishedDocument(ordinal: $0, rows: "{\"id\":\"d\($0)\"}\n", isError: false) }
        do {
            let output = try StartedOutput(in: directory)
            for document in documents { try output.finish(document) }
            try output.commit()
        }
        let whole = documents.map(\.rows).joined().utf8.count
        for missing in 1...documents[2].rows.utf8.count {
            try directory.cut("rows.jsonl", to: whole - missing)
            let error = try #require(throws: FileError.self) { try StartedOutput(in: directory) }
            #expect(error.reason == .shorter(found: whole - missing, recorded: whole))
            #expect(try directory.text("rows.jsonl").utf8.count == whole - missing)
        }
    }

    /// Not every error comes again: a worker may have failed for a reason of its own.
    @Test func anErrorThatWasNotCommittedIsForgotten() throws {
        do {
            let output = try StartedOutput(in: directory)
            try output.finish(FinishedDocument(ordinal: 0, rows: "{\"error\":0}\n", isError: true))
        }
        let document = FinishedDocument(ordinal: 0, rows: "{}\n", isError: false)
        let output = try StartedOutput(in: directory)
        try output.finish(document)
        try output.commit()
        try expectComplete([document], output)
    }

    @Test func anErrorsFileIsMadeWithItsFirstRow() throws {
        let documents = FinishedDocument.random(count: 3, seed: 4, failing: [1])
        let output = try StartedOutput(in: directory)
        try output.finish(documents[0])
        try output.finish(documents[2])
        try output.commit()
        #expect(!directory.exists("rows.errors.jsonl"))
        try output.finish(documents[1])
        #expect(directory.exists("rows.errors.jsonl"))
    }

    @Test func aFullDiskIsAnErrorThatNamesTheFile() throws {
        try directory.linkToFullDevice("rows.jsonl")
        let output = try StartedOutput(in: directory)
        let document = FinishedDocument(ordinal: 0, rows: "{}\n", isError: false)
        let error = try #require(throws: FileError.self) { try output.finish(document) }
        #expect(error.description == "cannot write \(directory.path)/rows.jsonl: No space left on device")
    }

    /// The daemon commits what is finished when a job fails: the document whose rows could not be written is not.
    @Test(arguments: [true, false]) func aDocumentThatCouldNotBeWrittenIsNotFinished(cameAhead: Bool) throws {
        let documents = FinishedDocument.random(count: 3, seed: 5, failing: [1])
        try directory.linkToFullDevice("rows.errors.jsonl")
        do {
            let output = try StartedOutput(in: directory)
            for ordinal in cameAhead ? [1] : [0] { try output.finish(documents[ordinal]) }
            #expect(throws: FileError.self) { try output.finish(documents[cameAhead ? 0 : 1]) }
            try output.commit()
        }
        try directory.remove("rows.errors.jsonl")
        let output = try StartedOutput(in: directory)
        #expect(output.progress.isFinished(0))
        for document in documents where !output.progress.isFinished(document.ordinal) { try output.finish(document) }
        try output.commit()
        try expectComplete(documents, output)
        #expect(try output.ledger.ordinal(ofID: "id 1") == 1)
    }

    private func expectComplete(_ documents: [FinishedDocument], _ output: StartedOutput) throws {
        let (failed, done) = (documents.filter(\.isError), documents.filter { !$0.isError })
        let rows = done.map(\.rows).joined()
        #expect(try output.directory.text("rows.jsonl") == rows)
        let errors = failed.map(\.rows).joined()
        #expect(
            try (output.directory.exists("rows.errors.jsonl") ? output.directory.text("rows.errors.jsonl") : "")
                == errors)
        let position = try output.ledger.position()
        #expect(position == output.jobOutput.position)
        #expect(position.nextOrdinal == documents.count)
        #expect(position.documentsDone == done.count)
        #expect(position.documentsFailed == failed.count)
        #expect(position.outputLength == rows.utf8.count)
        #expect(position.errorsLength == errors.utf8.count)
        #expect(position.aheadLength == 0)
        #expect(position.tokens == documents.map(\.tokens).reduce(0, +))
        #expect(try output.ledger.ordinalsAhead().isEmpty)
    }
}
