import Coordination
import Jobs
import Testing

/// Whatever arrives is a message or an error that says what is wrong with it.
@Suite struct MalformedFramesTests {
    private static let name = Array("longscan/2".utf8)

    private static func frames(_ kind: String, _ header: String, _ arrays: [UInt8]...) -> [[UInt8]] {
        [name, Array(kind.utf8), Array(header.utf8)] + arrays
    }

    private static func peerError(_ frames: [[UInt8]]) -> FrameCoding.DecodingError? {
        #expect(throws: FrameCoding.DecodingError.self) { try FrameCoding.peerMessage(from: frames) }
    }

    private static func coordinatorError(_ frames: [[UInt8]]) -> FrameCoding.DecodingError? {
        #expect(throws: FrameCoding.DecodingError.self) { try FrameCoding.coordinatorMessage(from: frames) }
    }

    @Test func anotherProtocolIsNamed() {
        let frames = [Array("longscan/3".utf8)] + Self.frames("hello", "{}").dropFirst()
        #expect(Self.peerError(frames) == .unknownProtocol("longscan/3"))
        #expect(
            Self.coordinatorError(frames)?.description
                == "a message of protocol 'longscan/3' cannot be read by longscan/2: "
                + "coordinator, workers and clients must be of one version")
        #expect(Self.peerError([]) == .unknownProtocol(""))
        #expect(Self.peerError([[]]) == .unknownProtocol(""))
    }

    @Test func aLongNameIsCutShort() {
        let frames = [[UInt8](repeating: 65, count: 1000), [], []]
        #expect(Self.peerError(frames) == .unknownProtocol(String(repeating: "A", count: 40)))
        let kind = Self.frames(String(repeating: "k", count: 1000), "{}")
        #expect(Self.peerError(kind) == .unknownKind(String(repeating: "k", count: 40)))
    }

    @Test func anUnknownKindIsNamed() {
        #expect(Self.peerError(Self.frames("welcome", "{}")) == .unknownKind("welcome"))
        #expect(Self.coordinatorError(Self.frames("hello", "{}")) == .unknownKind("hello"))
        #expect(FrameCoding.DecodingError.unknownKind("tea").description == "a message of unknown kind 'tea'")
    }

    @Test(arguments: 1...2) func missingFramesAreCounted(count: Int) {
        let frames = Array(Self.frames("goodbye", "{}").prefix(count))
        #expect(
            Self.peerError(frames)?.description
                == "a malformed '?' message: \(count) frames where at least 3 belong")
    }

    @Test(arguments: [
        "", "{", "[]", "null", "7", "{}", "{\"lease\":-1}", "{\"lease\":1e30}", "{\"lease\":\"1\"}", "\u{0}",
    ])
    func aHeaderThatIsNotOursIsAnError(header: String) {
        guard case .malformed("release", let reason) = Self.coordinatorError(Self.frames("release", header)) else {
            Issue.record("no malformed message")
            return
        }
        #expect(reason.hasPrefix("its header does not decode: "))
    }

    @Test func aJobOfAnUnknownDataTypeIsAnError() throws {
        let golden = try GoldenFrames.frames(of: GoldenFrames.lines("peer/submit-bf16"))
        let header = String(decoding: golden[2], as: UTF8.self).replacing("\"bf16\"", with: "\"fp8\"")
        guard case .malformed("submit", let reason) = Self.peerError(Self.frames("submit", header)) else {
            Issue.record("no malformed message")
            return
        }
        #expect(reason.contains("fp8"))
    }

    @Test func deepNestingIsAnError() {
        let header = String(repeating: "[", count: 100_000)
        #expect(Self.coordinatorError(Self.frames("release", header)) != nil)
    }

    /// What is too large for its kind is not even copied.
    @Test(arguments: [
        ("submit", 4_194_305, 4_194_304), ("heartbeat", 131_073, 131_072), ("hello", 65_537, 65_536),
        ("status", 1 << 40, 65_536), ("refusal", .max, 65_536), ("result", 65_937, 65_936),
    ])
    func aLargeHeaderIsRefusedByItsSize(kind: String, bytes: Int, limit: Int) {
        let small = [Self.name, Array(kind.utf8)]
        let error = #expect(throws: FrameCoding.DecodingError.self) {
            try FrameCoding.peerMessage(sizes: small.map(\.count) + [bytes] + (kind == "result" ? [100] : [])) {
                place, _ in
                #expect(place < 2)
                return small[place]
            }
        }
        #expect(error == .malformed(kind: kind, reason: "its header has \(bytes) bytes, the limit is \(limit)"))
    }

    @Test(arguments: ["hello", "submit", "status", "goodbye"]) func arraysThatDoNotBelongAreNotCopied(kind: String) {
        let small = [Self.name, Array(kind.utf8)]
        let error = #expect(throws: FrameCoding.DecodingError.self) {
            try FrameCoding.peerMessage(sizes: small.map(\.count) + [2, 600 << 20]) { place, _ in
                #expect(place < 2)
                return small[place]
            }
        }
        #expect(error == .malformed(kind: kind, reason: "1 arrays where 0 belong"))
    }

    @Test func arraysThatDoNotBelongAreCounted() {
        #expect(
            Self.peerError(Self.frames("goodbye", "{}", []))
                == .malformed(kind: "goodbye", reason: "1 arrays where 0 belong"))
        #expect(
            Self.coordinatorError(Self.frames("heartbeat", "{}", [], [1]))
                == .malformed(kind: "heartbeat", reason: "2 arrays where 0 belong"))
        let reading = "{\"lease\":1,\"number\":0,\"isLast\":true}"
        #expect(
            Self.coordinatorError(Self.frames("step", reading))
                == .malformed(kind: "step", reason: "0 arrays where 1 belong"))
        let generating = "{\"lease\":1,\"number\":0,\"generate\":{\"sample\":0,\"atMost\":1}}"
        #expect(
            Self.coordinatorError(Self.frames("step", generating, []))
                == .malformed(kind: "step", reason: "1 arrays where 0 belong"))
    }

    private static let extremes = ["-1", "-9223372036854775808", "281474976710657", "9223372036854775807"]

    @Test(arguments: extremes) func numbersOfStepsAreCounts(number: String) {
        let reason = "\(number) is no count: 0 to \(Limits.largestCount) belongs there"
        for header in [
            "{\"lease\":1,\"number\":\(number),\"generate\":{\"sample\":0,\"atMost\":1}}",
            "{\"lease\":1,\"number\":0,\"generate\":{\"sample\":\(number),\"atMost\":1}}",
            "{\"lease\":1,\"number\":0,\"generate\":{\"sample\":0,\"atMost\":\(number)}}",
        ] {
            #expect(Self.coordinatorError(Self.frames("step", header)) == .malformed(kind: "step", reason: reason))
        }
    }

    /// What a lease says of its task is used as it is.
    @Test func tasksOfLeasesAreThoseOfJobFiles() throws {
        let tasks: [Job.Task] = [
            .embed(EmbedOptions(windowTokens: 0)), .embed(EmbedOptions(windowTokens: -1)),
            .score(ScoreOptions(windowTokens: 0)), .score(ScoreOptions(windowTokens: .min)),
            .generate(GenerateOptions(samples: 0)), .generate(GenerateOptions(samples: .max)),
            .generate(GenerateOptions(topK: -1)), .generate(GenerateOptions(temperature: -1)),
            .generate(GenerateOptions(repetitionPenalty: 0)), .generate(GenerateOptions(topLogprobs: 21)),
            .generate(GenerateOptions(maxTokens: -1)),
        ]
        for task in tasks {
            let grant = LeaseGrant(
                lease: LeaseID(1), document: DocumentKey(job: JobID("j"), ordinal: 0), documentID: "d", task: task,
                model: ModelReference(directory: "m", digest: "d", dataType: "f32"))
            #expect(Self.coordinatorError(FrameCoding.frames(of: .lease(grant))) != nil, "\(task)")
        }
        for step in [-1, Int.min, .max] {
            let grant = LeaseGrant(
                lease: LeaseID(1), document: DocumentKey(job: JobID("j"), ordinal: 0), documentID: "d",
                task: .score(ScoreOptions()), model: ModelReference(directory: "m", digest: "d", dataType: "f32"),
                firstStep: step)
            #expect(Self.coordinatorError(FrameCoding.frames(of: .lease(grant))) != nil)
        }
    }

    @Test(arguments: [Int.min, -1, .max]) func countsOfAStatusAreCounts(number: Int) {
        var job = JobStatus(id: JobID("j"), task: "score", output: "o", state: .running, inputBytesTotal: 1)
        job.tokensRecomputed = number
        let status = ClusterStatus(jobs: [job], workers: [])
        #expect(Self.coordinatorError(FrameCoding.frames(of: .status(status))) != nil)
    }

    @Test func aHeaderThatIsNotUTF8IsAnError() {
        let frames = [Self.name, Array("release".utf8), [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]]
        #expect(
            Self.coordinatorError(frames)
                == .malformed(kind: "release", reason: "its header does not decode: it is not UTF-8 text"))
    }

    @Test func aStepIsToReadOrToGenerate() {
        #expect(
            Self.coordinatorError(Self.frames("step", "{\"lease\":1,\"number\":0}", []))
                == .malformed(kind: "step", reason: "neither tokens to read nor tokens to generate"))
    }

    @Test(arguments: [1, 2, 3, 5, 4095]) func arraysAreOfWholeNumbers(bytes: Int) {
        let reading = "{\"lease\":1,\"number\":0,\"isLast\":true}"
        #expect(
            Self.coordinatorError(Self.frames("step", reading, [UInt8](repeating: 0, count: bytes)))
                == .malformed(kind: "step", reason: "array 0 has \(bytes) bytes"))
    }

    private static let result = "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[]}"

    @Test func aResultHasFiveArrays() {
        let likelihood = [UInt8](repeating: 0, count: 8)
        #expect(
            Self.peerError(Self.frames("result", Self.result, [], [], likelihood, []))
                == .malformed(kind: "result", reason: "4 arrays where 5 belong"))
        #expect(
            Self.peerError(Self.frames("result", Self.result, [], [], [], [], []))
                == .malformed(kind: "result", reason: "0 likelihoods where 1 belongs"))
        #expect(
            Self.peerError(Self.frames("result", Self.result, [], [], likelihood + likelihood, [], []))
                == .malformed(kind: "result", reason: "2 likelihoods where 1 belongs"))
        #expect(
            Self.peerError(Self.frames("result", Self.result, [], [0, 0, 0], likelihood, [], []))
                == .malformed(kind: "result", reason: "array 1 has 3 bytes"))
    }

    @Test func numbersBelongToSomething() {
        let likelihood = [UInt8](repeating: 0, count: 8)
        let number = [UInt8](repeating: 0, count: 4)
        #expect(
            Self.peerError(Self.frames("result", Self.result, number, [], likelihood, [], []))
                == .malformed(kind: "result", reason: "1 numbers for 0 embeddings"))
        #expect(
            Self.peerError(Self.frames("result", Self.result, [], [], likelihood, number, []))
                == .malformed(kind: "result", reason: "tokens of no sample"))
        let generated =
            "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[],\"generated\":{}}"
        #expect(
            Self.peerError(Self.frames("result", generated, [], [], likelihood, number, number + number))
                == .malformed(kind: "result", reason: "2 log probabilities for 1 tokens"))
    }

    @Test func whetherTokensAreTheLikeliestIsAZeroOrOneForEach() {
        let header = "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[],\"isLikeliest\":true}"
        let likelihood = [UInt8](repeating: 0, count: 8)
        let two = [UInt8](repeating: 0, count: 8)
        #expect(
            Self.peerError(Self.frames("result", header, [], two, likelihood, [], []))
                == .malformed(kind: "result", reason: "5 arrays where 6 belong"))
        for flags: [UInt8] in [[], [1], [0, 1, 0], [0, 2]] {
            #expect(
                Self.peerError(Self.frames("result", header, [], two, likelihood, [], [], flags))
                    == .malformed(kind: "result", reason: "array 5 is not a 0 or 1 for each of 2 tokens"))
        }
        #expect(
            Self.peerError(Self.frames("result", header, [], [], likelihood, [], [], []))
                == .malformed(kind: "result", reason: "array 5 is not a 0 or 1 for each of 0 tokens"))
        let without = "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[],\"isLikeliest\":false}"
        #expect(
            Self.peerError(Self.frames("result", without, [], two, likelihood, [], [], [0, 1]))
                == .malformed(kind: "result", reason: "6 arrays where 5 belong"))
    }

    @Test func likeliestTokensComeInRows() {
        func header(_ count: Int, generated: Int? = nil) -> String {
            let sample = generated.map { ",\"generated\":{\"topCount\":\($0)}" } ?? ""
            return "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[],\"topCount\":\(count)\(sample)}"
        }
        func numbers(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: 4 * count) }
        let likelihood = [UInt8](repeating: 0, count: 8)
        func error(_ header: String, _ tokens: Int, _ arrays: [Int], made: Int = 0) -> FrameCoding.DecodingError? {
            Self.peerError(
                Self.frames("result", header, [], numbers(tokens), likelihood, numbers(made), [])
                    + arrays.map(numbers))
        }
        #expect(error(header(2), 2, [4]) == .malformed(kind: "result", reason: "6 arrays where 7 belong"))
        for (tokens, values) in [(2, 4), (4, 3), (5, 5), (6, 6), (0, 0)] {
            #expect(
                error(header(2), 2, [tokens, values])
                    == .malformed(
                        kind: "result",
                        reason: "\(tokens) likeliest tokens with \(values) log probabilities for 2 rows of 2"))
        }
        for count in [0, -1, 21, Int.max] {
            #expect(
                error(header(count), 2, [4, 4])
                    == .malformed(kind: "result", reason: "\(count) likeliest tokens in one place"))
        }
        #expect(
            error(header(2, generated: 3), 2, [4, 4, 3, 4], made: 1)
                == .malformed(
                    kind: "result", reason: "3 likeliest tokens with 4 log probabilities for 1 rows of 3"))
        #expect(
            error(header(2, generated: 3), 2, [4, 4], made: 1)
                == .malformed(kind: "result", reason: "7 arrays where 9 belong"))
    }

    @Test func aFailureHasNoArrays() {
        let header =
            "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[],\"failure\":{\"code\":\"c\",\"message\":\"m\"}}"
        #expect(
            Self.peerError(Self.frames("result", header, []))
                == .malformed(kind: "result", reason: "1 arrays where 0 belong"))
    }

    @Test func embeddingsAreOfOneLengthAndOfRanges() {
        func header(_ ranges: [(Int, Int)]) -> String {
            let embeddings = ranges.map { "{\"window\":0,\"start\":\($0),\"end\":\($1)}" }.joined(separator: ",")
            return "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[\(embeddings)]}"
        }
        let likelihood = [UInt8](repeating: 0, count: 8)
        let five = [UInt8](repeating: 0, count: 20)
        #expect(
            Self.peerError(Self.frames("result", header([(0, 1), (1, 2)]), five, [], likelihood, [], []))
                == .malformed(kind: "result", reason: "5 numbers for 2 embeddings"))
        #expect(
            Self.peerError(Self.frames("result", header([(2, 1)]), five, [], likelihood, [], []))
                == .malformed(kind: "result", reason: "an embedding of tokens 2..<1"))
    }

    @Test func numbersBeyondAnIntegerAreErrors() {
        #expect(Self.coordinatorError(Self.frames("release", "{\"lease\":18446744073709551616}")) != nil)
        #expect(Self.peerError(Self.frames("heartbeat", "{\"progress\":-1,\"isBusy\":true}")) != nil)
    }
}
