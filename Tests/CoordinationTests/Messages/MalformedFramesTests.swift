import Coordination
import Jobs
import Testing

/// Whatever arrives is a message or an error that says what is wrong with it.
@Suite struct MalformedFramesTests {
    private static let name = Array("longscan/3".utf8)

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
        let frames = [Array("longscan/2".utf8)] + Self.frames("hello", "{}").dropFirst()
        #expect(Self.peerError(frames) == .unknownProtocol("longscan/2"))
        #expect(
            Self.coordinatorError(frames)?.description
                == "a message of protocol 'longscan/2' cannot be read by longscan/3: "
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

    private static func start(_ kind: String) -> [FrameBytes] { [FrameBytes(name), FrameBytes(Array(kind.utf8))] }

    /// A frame that nobody may read.
    private static func unread(_ count: Int) -> FrameBytes {
        FrameBytes(count: count) { _ in
            Issue.record("a frame of \(count) bytes was read")
            return []
        }
    }

    /// A state is handed on as it came: whoever needs its bytes copies them.
    @Test func aStateIsNotReadWithItsMessage() throws {
        let header = Array(#"{"arrays":[{"name":"snapshot","type":"U8"}],"lease":7,"nextStep":3}"#.utf8)
        let said = try FrameCoding.peerMessage(
            from: Self.start("handback") + [FrameBytes(header), Self.unread(172 << 20)])
        guard case .handback(let handback) = said else {
            Issue.record("\(said)")
            return
        }
        #expect(handback.snapshot?.count == 172 << 20)
    }

    /// What is too large for its kind is not even copied.
    @Test(arguments: [
        ("submit", 4_194_305, 4_194_304), ("heartbeat", 131_073, 131_072), ("hello", 65_537, 65_536),
        ("status", 1 << 40, 65_536), ("refusal", .max, 65_536), ("result", 131_073, 131_072),
    ])
    func aLargeHeaderIsRefusedByItsSize(kind: String, bytes: Int, limit: Int) {
        let error = #expect(throws: FrameCoding.DecodingError.self) {
            try FrameCoding.peerMessage(
                from: Self.start(kind) + [Self.unread(bytes)] + (kind == "result" ? [Self.unread(100)] : []))
        }
        #expect(error == .malformed(kind: kind, reason: "its header has \(bytes) bytes, the limit is \(limit)"))
    }

    @Test(arguments: ["hello", "submit", "status", "goodbye"]) func arraysThatDoNotBelongAreNotCopied(kind: String) {
        let error = #expect(throws: FrameCoding.DecodingError.self) {
            try FrameCoding.peerMessage(from: Self.start(kind) + [Self.unread(2), Self.unread(600 << 20)])
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
                == .malformed(kind: "step", reason: "the array 'tokens' is missing"))
        #expect(
            Self.coordinatorError(Self.frames("step", reading, []))
                == .malformed(kind: "step", reason: "1 arrays where 0 are named"))
        let generating = "{\"lease\":1,\"number\":0,\"generate\":{\"sample\":0,\"atMost\":1}}"
        #expect(
            Self.coordinatorError(Self.frames("step", Self.naming(generating, ("tokens", "I32")), []))
                == .malformed(kind: "step", reason: "an array 'tokens' that does not belong there"))
    }

    /// A header that lists arrays beside what it says.
    private static func naming(_ header: String, _ arrays: (name: String, type: String)...) -> String {
        let list = arrays.map { "{\"name\":\"\($0.name)\",\"type\":\"\($0.type)\"}" }.joined(separator: ",")
        return "{\"arrays\":[\(list)]," + header.dropFirst()
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
            Self.coordinatorError(Self.frames("step", "{\"lease\":1,\"number\":0}"))
                == .malformed(kind: "step", reason: "neither tokens to read nor tokens to generate"))
    }

    @Test(arguments: [1, 2, 3, 5, 4095]) func arraysAreOfWholeNumbers(bytes: Int) {
        let reading = Self.naming("{\"lease\":1,\"number\":0,\"isLast\":true}", ("tokens", "I32"))
        #expect(
            Self.coordinatorError(Self.frames("step", reading, [UInt8](repeating: 0, count: bytes)))
                == .malformed(
                    kind: "step",
                    reason: "the array 'tokens' has \(bytes) bytes, which are not a whole count of 'I32'"))
    }

    private static let result = "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[]}"

    /// Why a result with some members and arrays is none. Each array is its name, its type and its count of bytes.
    private static func resultReason(
        _ members: String, _ arrays: [(name: String, type: String, bytes: Int)]
    ) -> String? {
        let list = arrays.map { "{\"name\":\"\($0.name)\",\"type\":\"\($0.type)\"}" }.joined(separator: ",")
        let header = result.dropLast() + members + ",\"arrays\":[\(list)]}"
        let error = peerError(
            [name, Array("result".utf8), Array(header.utf8)] + arrays.map { [UInt8](repeating: 0, count: $0.bytes) })
        guard case .malformed("result", let reason) = error else { return nil }
        return reason
    }

    @Test func arraysAreOfTheirTypeAndCount() {
        for (type, bytes) in [("F32", 4), ("I32", 8), ("f64", 8), ("", 8)] {
            #expect(
                Self.resultReason("", [("negativeLogLikelihood", type, bytes)])
                    == "the array 'negativeLogLikelihood' has the type '\(type)' where 'F64' belongs")
        }
        for count in [0, 2] {
            #expect(
                Self.resultReason("", [("negativeLogLikelihood", "F64", 8 * count)])
                    == "the array 'negativeLogLikelihood' has \(count) numbers where 1 belong")
        }
        #expect(
            Self.resultReason("", [("tokenLogProbabilities", "F32", 3)])
                == "the array 'tokenLogProbabilities' has 3 bytes, which are not a whole count of 'F32'")
    }

    @Test func arraysAreThoseOfTheList() {
        #expect(
            Self.peerError(Self.frames("result", Self.result, []))
                == .malformed(kind: "result", reason: "1 arrays where 0 are named"))
        #expect(
            Self.peerError(Self.frames("result", Self.naming(Self.result, ("embeddings", "F32"))))
                == .malformed(kind: "result", reason: "0 arrays where 1 are named"))
        #expect(
            Self.resultReason("", [("embeddings", "F32", 0), ("embeddings", "F32", 0)])
                == "two arrays with the name 'embeddings'")
        for name in ["tea", "tokens", ""] {
            #expect(Self.resultReason("", [(name, "F32", 4)]) == "an array '\(name)' that does not belong there")
        }
    }

    @Test func numbersBelongToSomething() {
        #expect(
            Self.resultReason("", [("embeddings", "F32", 4)]) == "an array 'embeddings' that does not belong there")
        #expect(
            Self.resultReason("", [("generatedTokens", "I32", 4)])
                == "an array 'generatedTokens' that does not belong there")
        let generated = ",\"generated\":{}"
        #expect(Self.resultReason(generated, []) == "the array 'generatedTokens' is missing")
        #expect(
            Self.resultReason(generated, [("generatedTokens", "I32", 4), ("generatedLogProbabilities", "F32", 8)])
                == "the array 'generatedLogProbabilities' has 2 numbers where 1 belong")
    }

    @Test func whetherTokensAreTheLikeliestIsAZeroOrOneForEach() {
        for count in [1, 3] {
            #expect(
                Self.resultReason("", [("tokenLogProbabilities", "F32", 8), ("isLikeliest", "U8", count)])
                    == "the array 'isLikeliest' has \(count) numbers where 2 belong")
        }
        #expect(
            Self.resultReason("", [("isLikeliest", "U8", 0)])
                == "the array 'isLikeliest' is not a 0 or 1 for each of 0 tokens")
        let header = Self.naming(Self.result, ("tokenLogProbabilities", "F32"), ("isLikeliest", "U8"))
        #expect(
            Self.peerError(Self.frames("result", header, [UInt8](repeating: 0, count: 8), [0, 2]))
                == .malformed(
                    kind: "result", reason: "the array 'isLikeliest' is not a 0 or 1 for each of 2 tokens"))
    }

    @Test func likeliestTokensComeInRows() {
        func reason(_ members: String, _ tokens: Int, _ values: Int, of prefix: String = "top") -> String? {
            let read = prefix == "top" ? "tokenLogProbabilities" : "generatedTokens"
            let name = prefix == "top" ? "top" : "generatedTop"
            return Self.resultReason(
                members,
                [
                    (read, prefix == "top" ? "F32" : "I32", 8), (name + "Tokens", "I32", 4 * tokens),
                    (name + "LogProbabilities", "F32", 4 * values),
                ])
        }
        #expect(reason(",\"topCount\":2", 4, 3) == "the array 'topLogProbabilities' has 3 numbers where 4 belong")
        for tokens in [0, 2, 5, 6] {
            #expect(
                reason(",\"topCount\":2", tokens, 4) == "the array 'topTokens' has \(tokens) numbers where 4 belong")
        }
        for count in [0, -1, 21, Int.max] {
            #expect(reason(",\"topCount\":\(count)", 4, 4) == "\(count) likeliest tokens in one place")
        }
        #expect(
            reason(",\"generated\":{\"topCount\":3}", 6, 4, of: "generated")
                == "the array 'generatedTopLogProbabilities' has 4 numbers where 6 belong")
        #expect(
            Self.resultReason(",\"topCount\":2", [("tokenLogProbabilities", "F32", 8)])
                == "the array 'topTokens' is missing")
    }

    @Test func aFailureHasNoArrays() {
        #expect(
            Self.resultReason(",\"failure\":{\"code\":\"c\",\"message\":\"m\"}", [("snapshot", "U8", 1)])
                == "an array 'snapshot' that does not belong there")
    }

    @Test func embeddingsAreOfOneLengthAndOfRanges() {
        func reason(_ ranges: [(Int, Int)], bytes: Int) -> FrameCoding.DecodingError? {
            let embeddings = ranges.map { "{\"window\":0,\"start\":\($0),\"end\":\($1)}" }.joined(separator: ",")
            let header = "{\"lease\":1,\"number\":0,\"scoredTokens\":0,\"embeddings\":[\(embeddings)]}"
            return Self.peerError(
                Self.frames(
                    "result", Self.naming(header, ("embeddings", "F32")), [UInt8](repeating: 0, count: bytes)))
        }
        #expect(
            reason([(0, 1), (1, 2)], bytes: 20) == .malformed(kind: "result", reason: "5 numbers for 2 embeddings"))
        #expect(
            reason([(2, 1)], bytes: 20) == .malformed(kind: "result", reason: "an embedding of tokens 2..<1"))
    }

    @Test func numbersBeyondAnIntegerAreErrors() {
        #expect(Self.coordinatorError(Self.frames("release", "{\"lease\":18446744073709551616}")) != nil)
        #expect(Self.peerError(Self.frames("heartbeat", "{\"progress\":-1,\"isBusy\":true}")) != nil)
    }
}
