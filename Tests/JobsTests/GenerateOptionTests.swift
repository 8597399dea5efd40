import Foundation
import Jobs
import Testing

@Suite struct GenerateOptionTests {
    private static let changed = GenerateOptions(
        maxTokens: 1, temperature: 0.5, topK: 2, topP: 0.25, minP: 0.125, repetitionPenalty: 3, stop: ["a"], samples: 4,
        seed: 5, logprobs: true, echo: true, topLogprobs: 6)

    /// An option that is not in the table would be lost in job files and batch lines.
    @Test func theTableHasEveryOption() {
        #expect(GenerateOption.all.count == Mirror(reflecting: GenerateOptions()).children.count)
        var copy = GenerateOptions()
        for option in GenerateOption.all {
            #expect(option.isStandard(in: copy) && !option.isStandard(in: Self.changed), "\(option.key)")
            option.copy(from: Self.changed, to: &copy)
        }
        #expect(copy == Self.changed)
        #expect(Set(GenerateOption.all.map(\.key)).count == GenerateOption.all.count)
    }

    @Test func defaultsAreWrittenAsInJobFiles() {
        #expect(
            GenerateOption.ofJobFiles.map(\.standard)
                == ["128", "1.0", "0", "1.0", "0.0", "1.0", "[]", "1", "0", "false"])
    }

    /// Jobs that were handed in before an option came keep their JSON, and their ids with it.
    @Test func whatCameLaterIsLeftOutWhereItIsTheDefault() throws {
        let job = Job(task: .generate(GenerateOptions()), model: "/m", inputs: [], output: "/o.jsonl")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(job), as: UTF8.self)
        #expect(
            text
                == #"{"chunkTokens":2048,"errorLimit":{"none":{}},"inputs":[],"model":"/m","output":"/o.jsonl","#
                + #""task":{"generate":{"_0":{"logprobs":false,"maxTokens":128,"minP":0,"repetitionPenalty":1,"#
                + #""samples":1,"seed":0,"stop":[],"temperature":1,"topK":0,"topP":1}}}}"#)
        #expect(try JSONDecoder().decode(Job.self, from: Data(text.utf8)) == job)
        var changed = job
        (changed.task, changed.dataType) = (.generate(Self.changed), .bf16)
        let data = try encoder.encode(changed)
        #expect(try JSONDecoder().decode(Job.self, from: data) == changed)
        #expect(String(decoding: data, as: UTF8.self).contains(#""echo":true"#))
    }
}
