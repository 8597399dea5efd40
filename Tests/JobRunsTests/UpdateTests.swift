import Coordination
import Documents
import JobRuns
import Jobs
import TestSupport
import Testing
import Tokenization

/// Updates of a job: what they do, and that nobody can tell their rows from those of a job that did everything.
@Suite struct UpdateTests {
    private let directory: TemporaryDirectory
    private let model: ModelSummary

    init() throws {
        directory = try TemporaryDirectory()
        model = try DemoModel.ofText()
    }

    private func start(_ rerun: Rerun? = nil) throws -> StartedJob {
        try StartedJob(in: directory, input: "in", model: model, rerun: rerun)
    }

    /// Does the documents that are read as a worker would whose numbers follow from the tokens alone.
    /// - Returns: how many there were.
    @discardableResult
    private func compute(_ job: StartedJob, atMost count: Int = .max) throws -> Int {
        var done = 0
        for case .tokensRead(let key, let total, true, _) in try job.read() where done < count {
            let ordinal = key.ordinal
            let step = try job.run.step(LeaseID(1), ordinal, number: 0, .read(0..<total, isLast: true))
            guard case .read(let tokens, _)? = step?.work else { continue }
            if tokens.isEmpty {
                try job.run.fail(ordinal, Failure(code: "empty_document", message: "empty"))
            } else {
                let sum = tokens.enumerated().reduce(0) { $0 + $1.offset * Int($1.element) }
                try job.run.record(StepOutput(negativeLogLikelihood: Double(sum)), of: ordinal, tokensRead: 1)
                _ = try job.run.grant(LeaseID(1), ordinal, profile: "p")
                try job.run.complete(ordinal)
            }
            done += 1
        }
        return done
    }

    /// - Returns: how many documents were computed; `nil` if the job was done before.
    private func run(_ rerun: Rerun? = nil) throws -> Int? {
        do {
            let job = try start(rerun)
            let count = try compute(job)
            try job.run.finish()
            return count
        } catch is DoneBefore {
            return nil
        }
    }

    private func files() throws -> [String] {
        try ["rows.jsonl", "rows.errors.jsonl", "rows.documents"].map {
            directory.exists($0) ? try directory.text($0) : ""
        }
    }

    /// The files after everything was done anew.
    private func anew() throws -> [String] {
        _ = try run(.again)
        return try files()
    }

    private func write(_ lines: [String], to name: String = "in/a.jsonl") throws {
        try directory.write(lines.map { $0 + "\n" }.joined(), to: name)
    }

    // MARK: - What is computed

    @Test func aChangedLineIsComputedAlone() throws {
        let lines = (0..<20).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# }
        try write(lines)
        #expect(try run() == 20)
        #expect(try run(.update) == nil)
        var changed = lines
        changed[7] = #"{"id":"d7","text":"Another whale."}"#
        try write(changed)
        #expect(throws: JobRefusal.self) { try run() }
        #expect(try run(.update) == 1)
        let updated = try files()
        #expect(try anew() == updated)
        #expect(!directory.exists("rows.work"))
    }

    /// Rows that were taken over lie where their documents were when the update began.
    @Test func anInputThatChangesDuringAnUpdateCostsNoRows() throws {
        let lines = (0..<6).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# }
        try write(Array(lines[..<3]))
        try write(Array(lines[3...]), to: "in/b.jsonl")
        #expect(try run() == 6)
        let before = try files()
        try write(["{}"] + lines[..<3])
        do {
            let job = try start(.update)
            try write(["{}"] + lines[..<3] + [#"{"id":"new","text":"Another whale."}"#])
            try compute(job)
            let error = #expect(throws: JobRefusal.self) { try job.run.finish() }
            #expect(error?.refused.failure.code == "inputs_changed")
        }
        #expect(try files() == before)
        #expect(try run(.update) != nil)
        let updated = try files()
        #expect(updated != before)
        #expect(try anew() == updated)
    }

    @Test func rowsOfAnEarlierVersionAreKept() throws {
        let lines = (0..<3).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# }
        try write(lines)
        #expect(try run() == 3)
        try write(lines + [#"{"id":"d3","text":"Another whale."}"#])
        try directory.makeManifestFormer(of: StartedJob.job(in: directory, input: "in"))
        #expect(try run(.update) == 1)
    }

    @Test(arguments: [false, true]) func rowsOfAnotherTaskAreNotKept(isFormer: Bool) throws {
        try write([#"{"id":"a","text":"A whale."}"#, #"{"id":"b","text":"Two whales."}"#])
        #expect(try run() == 2)
        let job = StartedJob.job(in: directory, input: "in")
        if isFormer { try directory.makeManifestFormer(of: job) }
        func forecast(_ change: (inout Job) -> Void) throws -> String? {
            var other = job
            change(&other)
            return try JobPreparation(JobID("another"), other, model: model, rerun: .update).forecast()?.text
        }
        #expect(
            try forecast { $0.chunkTokens = 512 }
                == "done before; of the documents, 2 would be kept, 0 have changed, "
                + "0 are new or have error rows, and 0 are gone")
        let anew = "done before; an update does everything anew"
        #expect(try forecast { $0.task = .score(ScoreOptions(per: .token)) } == anew)
        #expect(try forecast { $0.task = .embed(EmbedOptions()) } == anew)
        #expect(try forecast { $0.dataType = .bf16 } == anew)
    }

    @Test func aFileOfTextIsComputedAgainOnlyIfItHoldsSomethingElse() throws {
        for name in ["a", "b", "c"] { try directory.write("The \(name) whale.", to: "in/\(name).txt") }
        #expect(try run() == 3)
        try directory.write("The b whale.", to: "in/b.txt")
        try directory.write("Another whale.", to: "in/c.txt")
        #expect(try run(.update) == 1)
        try directory.remove("in/a.txt")
        #expect(try run(.update) == 0)
        #expect(try directory.text("rows.jsonl").split(separator: "\n").count == 2)
        let updated = try files()
        #expect(try anew() == updated)
    }

    @Test func anErrorRowIsDoneOnceMore() throws {
        try write([#"{"id":"a","text":"A whale."}"#, #"{"id":"b","text":""}"#])
        #expect(try run() == 2)
        #expect(try run(.update) == 1)
        try write([#"{"id":"a","text":"A whale."}"#, #"{"id":"b","text":"Repaired."}"#])
        #expect(try run(.update) == 1)
        #expect(!directory.exists("rows.errors.jsonl"))
        #expect(try directory.text("rows.jsonl").split(separator: "\n").count == 2)
    }

    @Test func anotherModelMakesEverythingAnew() throws {
        try write([#"{"id":"a","text":"A whale."}"#, #"{"id":"b","text":"Two whales."}"#])
        #expect(try run() == 2)
        let other = ModelSummary(
            digest: "other", vocabularySize: model.tokenizer?.vocabularySize ?? 0, tokenizer: model.tokenizer)
        let job = try StartedJob(in: directory, input: "in", model: other, rerun: .update)
        #expect(try compute(job) == 2)
    }

    @Test func anOutputThatSomebodyElseChangedIsNotTakenOver() throws {
        try write([#"{"id":"a","text":"A whale."}"#, #"{"id":"b","text":"Two whales."}"#])
        #expect(try run() == 2)
        let rows = try files()
        try directory.write(String(rows[0].reversed()), to: "rows.jsonl")
        #expect(try run(.update) == 2)
        #expect(try files() == rows)
    }

    // MARK: - Crashes

    @Test func theOldRowsStayUntilTheNewOnesTakeTheirPlace() throws {
        try write((0..<6).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# })
        #expect(try run() == 6)
        let before = try files()
        try write((0..<6).map { #"{"id":"d\#($0)","text":"Whale \#($0 % 2 == 0 ? "of \($0)" : "number \($0)")."}"# })
        do {
            let job = try start(.update)
            try compute(job, atMost: 2)
            try job.run.commit()
            #expect(try files() == before)
        }
        #expect(try files() == before)
        // The same command, without the word, goes on.
        #expect(try run() == 1)
        let updated = try files()
        #expect(updated != before)
        #expect(try anew() == updated)
    }

    @Test func anUnfinishedJobIsUpdatedToo() throws {
        try write((0..<6).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# })
        do {
            let job = try start()
            try compute(job, atMost: 4)
            try job.run.commit()
        }
        try write((0..<7).map { #"{"id":"d\#($0)","text":"Whale number \#($0 == 1 ? 100 : $0)."}"# })
        #expect(throws: JobRefusal.self) { try run() }
        #expect(try run(.update) == 4)
        let updated = try files()
        #expect(try anew() == updated)
    }

    /// A job that its error rows stopped goes on when their inputs are repaired, or more errors are allowed.
    @Test(arguments: [true, false]) func repairedInputsOfErrorRowsAreNoHindrance(isRepaired: Bool) throws {
        for name in ["a", "b", "c"] { try directory.write("The \(name) whale.", to: "in/\(name).txt") }
        try directory.write("a whale\0", to: "in/b.txt")
        do {
            let job = try StartedJob(in: directory, input: "in", errorLimit: .count(0), model: model)
            try job.read(1)
            try job.complete(0)
            #expect(throws: JobRefusal.self) { try job.read() }
            try job.run.commit()
        }
        if isRepaired { try directory.write("The b whale.", to: "in/b.txt") }
        #expect(try run() == (isRepaired ? 2 : 1))
        #expect(try directory.text("rows.jsonl").split(separator: "\n").count == (isRepaired ? 3 : 2))
        #expect(directory.exists("rows.errors.jsonl") == !isRepaired)
    }

    @Test func anotherSizeOfChunksIsTheSameJob() throws {
        try write((0..<3).map { #"{"id":"d\#($0)","text":"Whale number \#($0)."}"# })
        do {
            let job = try start()
            try compute(job, atMost: 1)
            try job.run.commit()
        }
        let job = try StartedJob(in: directory, input: "in", model: model, chunkTokens: 512)
        #expect(try compute(job) == 2)
    }

    // MARK: - Any change

    /// Edits a folder at random, updates, and compares with everything done anew.
    @Test(arguments: 0..<24) func anUpdateWritesWhatDoingEverythingAnewWrites(seed: UInt64) throws {
        var folder = RandomFolder(seed: seed)
        try folder.write(to: directory)
        _ = try run()
        for _ in 0..<3 {
            folder.edit()
            try folder.write(to: directory)
            let hadDocuments = try files()[2].split(separator: "\n").count
            let computed = try run(.update)
            let updated = try files()
            let documents = updated[2].split(separator: "\n").count
            #expect((computed ?? 0) <= documents)
            if hadDocuments == documents, computed == nil { continue }
            #expect(try anew() == updated)
        }
    }
}

/// A folder of texts and lines, good and bad, that changes at random.
private struct RandomFolder {
    private var generator: SplitMix64
    private var texts: [Int: String] = [:]
    private var lines: [Int: [String]] = [:]
    private var written: [String: String] = [:]

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
        for number in 0..<4 { texts[number] = words() }
        for number in 0..<3 { lines[number] = (0..<Int.random(in: 0...6, using: &generator)).map { _ in line() } }
    }

    private mutating func words() -> String {
        let count = Int.random(in: 0...9, using: &generator)
        return (0..<count).map { _ in ["whale", "ship", "sea", "é"].randomElement(using: &generator) ?? "" }
            .joined(separator: " ")
    }

    /// Ids repeat, are missing, and lines are bad.
    private mutating func line() -> String {
        let id = Int.random(in: 0..<14, using: &generator)
        let text = words()
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return #"{"text":"\#(text)"}"#
        case 1: return "no JSON"
        case 2: return ""
        case 3: return #"{"id":\#(id),"tokens":[1,2,\#(id)]}"#
        default: return #"{"id":"d\#(id)","text":"\#(text)"}"#
        }
    }

    mutating func edit() {
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let file = Int.random(in: 0..<6, using: &generator)
            let (text, line) = (words(), line())
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: texts[file] = text
            case 1: texts[file] = nil
            case 2: lines[file, default: []].append(line)
            case 3: lines[file]?.shuffle(using: &generator)
            case 4: if lines[file]?.isEmpty == false { lines[file]?.removeFirst() }
            default: if lines[file]?.isEmpty == false { lines[file]?[0] = line }
            }
        }
    }

    mutating func write(to directory: TemporaryDirectory) throws {
        var files = ["in/sub/always.txt": "A whale that stays."]
        for (number, text) in texts { files["in/\(number).txt"] = text }
        for (number, lines) in lines { files["in/sub/\(number).jsonl"] = lines.map { $0 + "\n" }.joined() }
        for name in written.keys where files[name] == nil { try directory.remove(name) }
        for (name, text) in files where written[name] != text { try directory.write(text, to: name) }
        written = files
    }
}
