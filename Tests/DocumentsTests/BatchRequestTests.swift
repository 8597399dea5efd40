import Documents
import Jobs
import TestSupport
import Testing

/// Lines of OpenAI batch input files.
@Suite struct BatchRequestTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(_ line: String) throws -> ReadDocument {
        try directory.write(line + "\n", to: "in.jsonl")
        let documents = try directory.documents("in.jsonl", vocabularySize: 100)
        try #require(documents.count == 1)
        return documents[0]
    }

    private func line(_ endpoint: String, _ body: String) -> String {
        #"{"custom_id":"r-1","method":"POST","url":"\#(endpoint)","body":{\#(body)}}"#
    }

    @Test func embeddings() throws {
        let body = #""model":"m","input":"text é","encoding_format":"base64","user":"someone","dimensions":null"#
        let document = try read(line("/v1/embeddings", body))
        #expect(document.problem == nil)
        #expect(document.header.id == "r-1")
        #expect(document.text == "text é")
        let request = try #require(document.header.request)
        #expect(request.endpoint == .embeddings)
        #expect(request.embeddingEncoding == .base64)
        #expect(request.given.isEmpty)
    }

    @Test func completions() throws {
        let document = try read(
            line(
                "/v1/completions",
                #""prompt":[1,2,3],"max_tokens":5,"temperature":0,"top_p":0,"top_k":-1,"min_p":1e-1,"#
                    + #""repetition_penalty":1.5,"n":2,"seed":-1,"stop":["a","\n"],"logprobs":0,"stream":false,"#
                    + #""echo":false,"best_of":2,"ignore_eos":false,"min_tokens":0,"stop_token_ids":[],"presence_penalty":0,"frequency_penalty":0.0,"logit_bias":{},"suffix":"""#
            ))
        #expect(document.problem == nil)
        #expect(document.header.content == .tokens)
        #expect(document.tokens == [1, 2, 3])
        let request = try #require(document.header.request)
        #expect(request.endpoint == .completions)
        #expect(
            request.options
                == GenerateOptions(
                    maxTokens: 5, temperature: 0, topK: 0, topP: 0, minP: 0.1, repetitionPenalty: 1.5,
                    stop: ["a", "\n"], samples: 2, seed: .max))
        #expect(
            request.given == [
                "max_tokens", "n", "seed", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "stop",
            ])
        #expect(request.logprobs == 0 && request.echo == false)
    }

    // MARK: - What is done with the document

    /// What the line does not say is the job's to say; windows are for other documents.
    @Test func aLineIsDoneAsTheJobSaysWhereItSaysNothing() throws {
        let embed = EmbedOptions(pooling: .last, windowTokens: 100, normalize: false, encoding: .base64)
        let plain = try #require(try read(line("/v1/embeddings", #""input":"a""#)).header.request)
        #expect(
            try plain.task(of: .embed(embed), embeddingWidth: 4)
                == .embed(EmbedOptions(pooling: .last, normalize: false, encoding: .base64)))
        let asFloats = line("/v1/embeddings", #""input":"a","encoding_format":"float""#)
        let floats = try #require(try read(asFloats).header.request)
        #expect(
            try floats.task(of: .embed(embed), embeddingWidth: 4)
                == .embed(EmbedOptions(pooling: .last, normalize: false)))

        let generate = GenerateOptions(
            maxTokens: 9, temperature: 0.5, topK: 3, topP: 0.75, minP: 0.25, repetitionPenalty: 2, stop: ["x"],
            samples: 4, seed: 7)
        let prompt = try #require(try read(line("/v1/completions", #""prompt":"a""#)).header.request)
        #expect(try prompt.task(of: .generate(generate), embeddingWidth: 4) == .generate(generate))
        let body =
            #""prompt":"a","max_tokens":0,"temperature":1,"top_k":-1,"top_p":1,"min_p":0,"repetition_penalty":1,"#
            + #""stop":[],"n":1,"seed":8,"logprobs":3,"echo":true"#
        let asked = try #require(try read(line("/v1/completions", body)).header.request)
        #expect(
            try asked.task(of: .generate(generate), embeddingWidth: 4)
                == .generate(GenerateOptions(maxTokens: 0, seed: 8, logprobs: true, echo: true, topLogprobs: 3)))
    }

    /// What the job's own options are says nothing of the other task.
    @Test func oneJobAnswersBothEndpoints() throws {
        let embeddings = try #require(try read(line("/v1/embeddings", #""input":"a""#)).header.request)
        let completions = try #require(
            try read(line("/v1/completions", #""prompt":"a","max_tokens":3"#)).header.request)
        #expect(
            try embeddings.task(of: .generate(GenerateOptions(seed: 4)), embeddingWidth: 4) == .embed(EmbedOptions()))
        #expect(
            try completions.task(of: .embed(EmbedOptions(pooling: .last)), embeddingWidth: 4)
                == .generate(GenerateOptions(maxTokens: 3)))
        for (endpoint, request) in [("embeddings", embeddings), ("completions", completions)] {
            #expect(
                throws: InputProblem(
                    .unsupportedRequest,
                    "/v1/\(endpoint) takes a job of task embed or generate, and this one's is score")
            ) { try request.task(of: .score(ScoreOptions()), embeddingWidth: 4) }
        }
    }

    /// With what the job says, or alone, a line may ask for what nobody can do.
    @Test(arguments: [
        (#""max_tokens":0"#, "\"max_tokens\": an integer of 1 or more belongs here, not '0'"),
        (#""max_tokens":0,"echo":false"#, "\"max_tokens\": an integer of 1 or more belongs here, not '0'"),
        (#""stop":"""#, "\"stop\": a text in it cannot be empty"),
        (#""stop":["a",""]"#, "\"stop\": a text in it cannot be empty"),
    ])
    func whatCannotBeIsAProblemOfTheLine(body: String, message: String) throws {
        let request = try #require(try read(line("/v1/completions", #""prompt":"a",\#(body)"#)).header.request)
        #expect(throws: InputProblem(.invalidField, message)) {
            try request.task(of: .generate(GenerateOptions()), embeddingWidth: 4)
        }
    }

    @Test func anEmbeddingHasAllItsDimensions() throws {
        func request(_ dimensions: Int) throws -> BatchRequest {
            try #require(
                try read(line("/v1/embeddings", #""input":"a","dimensions":\#(dimensions)"#)).header.request)
        }
        #expect(try request(4).task(of: .embed(EmbedOptions()), embeddingWidth: 4) == .embed(EmbedOptions()))
        for dimensions in [1, 3, 5] {
            #expect(throws: InputProblem.self) {
                try request(dimensions).task(of: .embed(EmbedOptions()), embeddingWidth: 4)
            }
        }
    }

    @Test(
        arguments: [
            (#""a""#, "a", []), (#"["a"]"#, "a", []), ("[7]", "", [7]), ("[[7,8]]", "", [7, 8]), (#""""#, "", []),
        ] as [(String, String, [Int32])])
    func inputsOfEveryForm(input: String, text: String, tokens: [Int32]) throws {
        let document = try read(line("/v1/embeddings", #""input":\#(input),"model":"m""#))
        #expect(document.problem == nil)
        #expect(document.text == text)
        #expect(document.tokens == tokens)
    }

    @Test func aLineMayHaveSeveralTexts() throws {
        let texts = try read(line("/v1/embeddings", #""input":["a","é b","c"]"#))
        #expect(texts.problem == nil && texts.header.texts == 3)
        #expect(texts.texts == ["a", "é b", "c"])
        let tokens = try read(line("/v1/completions", #""prompt":[[1,2],[3],[4,5]]"#))
        #expect(tokens.problem == nil && tokens.header.texts == 3)
        #expect(tokens.sequences == [[1, 2], [3], [4, 5]])
        let most = try read(line("/v1/embeddings", "\"input\":" + "\(Array(repeating: "a", count: 2048))"))
        #expect(most.problem == nil && most.header.texts == 2048)
        let more = try read(line("/v1/embeddings", "\"input\":" + "\(Array(repeating: "a", count: 2049))"))
        #expect(more.problem?.code == .unsupportedRequest)
    }

    /// Rows are called after the line, wherever it is: an update of a job keeps them.
    @Test func aLineHasANameOfItsOwn() throws {
        let (a, b) = (line("/v1/embeddings", #""input":"a""#), line("/v1/embeddings", #""input":"b""#))
        try directory.write(a + "\n" + a + "\n" + b + "\n", to: "one.jsonl")
        try directory.write(a + "\n", to: "two.jsonl")
        let names = try directory.documents("one.jsonl", "two.jsonl").map(\.header.batchID)
        #expect(!names.contains(nil) && names[0] == names[1] && names[0] == names[3] && names[0] != names[2])
    }

    /// One that breaks off is still answered under its id.
    @Test func aLineThatIsNoJSONMayHaveAnID() throws {
        let document = try read(#"{"custom_id":"r","method":"POST","url":"/v1/embeddings","body":{"input":"a""#)
        #expect(document.problem?.code == .invalidJSON)
        #expect(document.header.id == "r" && document.header.batchID != nil)
        #expect(try read(#"{"custom_id":"r","text":"a""#).header.batchID == nil)
    }

    @Test func membersComeInAnyOrder() throws {
        let document = try read(
            #"{"body":{"prompt":"p","stop":"x"},"url":"/v1/completions","id":5,"method":"POST","custom_id":"c"}"#)
        #expect(document.header.id == "c")
        #expect(document.text == "p")
        #expect(document.header.request?.options.stop == ["x"])
    }

    @Test func aDocumentWithAURLIsNoRequest() throws {
        let document = try read(#"{"id":"a","url":5,"body":[],"custom_id":"c","method":null,"text":"t"}"#)
        #expect(document.problem == nil)
        #expect(document.header.id == "a")
        #expect(document.header.request == nil && document.header.batchID == nil)
        #expect(try read(#"{"url":"https://example.org"}"#).problem?.code == .missingText)
    }

    @Test(
        arguments: [
            (#"{"custom_id":1,"method":"POST"}"#, .invalidField, 14, "\"custom_id\" is not a string"),
            (#"{"custom_id":"r"}"#, .invalidField, 1, "no \"method\""),
            (#"{"custom_id":"r","method":"GET"}"#, .unsupportedRequest, 27, "\"method\" is not POST"),
            (#"{"custom_id":"r","method":"POST"}"#, .invalidField, 1, "no \"url\""),
            (
                #"{"custom_id":"r","method":"POST","url":"/v1/chat/completions"}"#, .unsupportedRequest, 40,
                "\"url\" is neither /v1/embeddings nor /v1/completions"
            ),
            (#"{"custom_id":"r","method":"POST","url":"/v1/embeddings"}"#, .invalidField, 1, "no \"body\""),
            (
                #"{"custom_id":"r","method":"POST","url":"/v1/embeddings","body":[]}"#, .invalidJSON, 64,
                "expected an object, found \"[\""
            ),
        ] as [(String, InputProblem.Code, Int, String)])
    func linesThatAreNoRequest(line: String, code: InputProblem.Code, column: Int, message: String) throws {
        let document = try read(line)
        #expect(document.problem == InputProblem(code, "line 1, column \(column): \(message)"))
        #expect(document.header.id == (line.contains("\"r\"") ? "r" : "in.jsonl:1"))
        #expect(document.header.batchID != nil, "its error row is one of OpenAI's")
    }

    @Test(
        arguments: [
            (#""model":"m""#, .missingText, "\"body\" has no \"prompt\""),
            (#""prompt":null"#, .missingText, "\"body\" has no \"prompt\""),
            (#""input":"a""#, .unsupportedRequest, "\"input\" is not supported for /v1/completions"),
            (#""prompt":{}"#, .invalidField, "\"prompt\" is neither a string nor an array"),
            (#""prompt":[]"#, .invalidField, "\"prompt\" is empty"),
            (#""prompt":["a",""]"#, .emptyDocument, "\"prompt[1]\" is empty"),
            (#""prompt":[[],[1]]"#, .emptyDocument, "\"prompt[0]\" is empty"),
            (#""prompt":["a",[1]]"#, .invalidField, "\"prompt[1]\" is no string as those before are"),
            (#""prompt":[[1],2]"#, .invalidField, "\"prompt[1]\" is no array as those before are"),
            (#""prompt":[[1],[100]]"#, .tokenOutOfRange, "prompt[1][0] is 100, outside 0..<100"),
            (#""prompt":[1,100]"#, .tokenOutOfRange, "prompt[1] is 100, outside 0..<100"),
            (#""prompt":[1,"a"]"#, .invalidField, "prompt[1] is not an integer"),
            (#""prompt":"a","prompt":"a""#, .invalidField, "\"prompt\" appears twice"),
            (#""prompt":"a","n":0"#, .invalidField, "\"n\" is not an integer from 1 to 1000000"),
            (#""prompt":"a","n":1.0"#, .invalidField, "\"n\" is not an integer from 1 to 1000000"),
            (#""prompt":"a","max_tokens":-1"#, .invalidField, "\"max_tokens\" is not an integer of 0 or more"),
            (#""prompt":"a","seed":9223372036854775808"#, .invalidField, "\"seed\" is not an integer of 64 bits"),
            (#""prompt":"a","temperature":-0.5"#, .invalidField, "\"temperature\" is not a number of 0 or more"),
            (#""prompt":"a","temperature":1e999"#, .invalidField, "\"temperature\" is not a number of 0 or more"),
            (#""prompt":"a","temperature":"1""#, .invalidField, "\"temperature\" is not a number"),
            (#""prompt":"a","top_p":1.5"#, .invalidField, "\"top_p\" is not a number from 0 to 1"),
            (#""prompt":"a","min_p":2"#, .invalidField, "\"min_p\" is not a number from 0 to 1"),
            (#""prompt":"a","stop":5"#, .invalidField, "\"stop\" is neither a string nor an array"),
            (#""prompt":"a","stop":["b",5]"#, .invalidField, "\"stop[1]\" is not a string"),
            (
                #""prompt":"a","logprobs":21"#, .unsupportedRequest, "\"logprobs\" is 21: at most 20 are offered"
            ),
            (#""prompt":"a","logprobs":true"#, .invalidField, "\"logprobs\" is not a number"),
            (#""prompt":"a","echo":1"#, .invalidField, "\"echo\" is neither true nor false"),
            (#""prompt":"a","stream":true"#, .unsupportedRequest, "\"stream\" is not supported for /v1/completions"),
            (#""prompt":"a","best_of":2"#, .unsupportedRequest, "\"best_of\" is 2, and \"n\" is 1"),
            (#""prompt":"a","best_of":3,"n":2"#, .unsupportedRequest, "\"best_of\" is 3, and \"n\" is 2"),
            (
                #""prompt":"a","min_tokens":1"#, .unsupportedRequest,
                "\"min_tokens\" is not supported for /v1/completions"
            ),
            (#""prompt":"a","suffix":"s""#, .unsupportedRequest, "\"suffix\" is not supported for /v1/completions"),
            (
                #""prompt":"a","logit_bias":{"5":1}"#, .unsupportedRequest,
                "\"logit_bias\" is not supported for /v1/completions"
            ),
            (#""prompt":"a","magic":1"#, .unsupportedRequest, "\"magic\" is not supported for /v1/completions"),
            (#""prompt":"a\u0000""#, .nulByte, "a NUL character"),
        ] as [(String, InputProblem.Code, String)])
    func bodiesThatAskForTooMuch(body: String, code: InputProblem.Code, message: String) throws {
        let problem = try #require(try read(line("/v1/completions", body)).problem)
        #expect(problem.code == code)
        #expect(problem.message.hasSuffix(": " + message), "\(problem.message)")
    }
}
