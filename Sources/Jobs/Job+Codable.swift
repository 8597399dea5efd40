// A job's id is a digest of its JSON, and jobs lie in ledgers: what came later is left out where it has its default,
// and may be missing.

extension Job: Codable {
    private enum CodingKeys: String, CodingKey {
        case task, model, inputs, output, chunkTokens, errorLimit, dataType
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            task: try values.decode(Task.self, forKey: .task),
            model: try values.decode(String.self, forKey: .model),
            inputs: try values.decode([Input].self, forKey: .inputs),
            output: try values.decode(String.self, forKey: .output),
            chunkTokens: try values.decode(Int.self, forKey: .chunkTokens),
            errorLimit: try values.decode(ErrorLimit.self, forKey: .errorLimit),
            dataType: try values.decodeIfPresent(DataType.self, forKey: .dataType) ?? .f32)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(task, forKey: .task)
        try values.encode(model, forKey: .model)
        try values.encode(inputs, forKey: .inputs)
        try values.encode(output, forKey: .output)
        try values.encode(chunkTokens, forKey: .chunkTokens)
        try values.encode(errorLimit, forKey: .errorLimit)
        if dataType != .f32 { try values.encode(dataType, forKey: .dataType) }
    }
}

extension EmbedOptions: Codable {
    private enum CodingKeys: String, CodingKey { case pooling, windowTokens, normalize, encoding, text }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            pooling: try values.decode(Pooling.self, forKey: .pooling),
            windowTokens: try values.decodeIfPresent(Int.self, forKey: .windowTokens),
            normalize: try values.decode(Bool.self, forKey: .normalize),
            encoding: try values.decode(Encoding.self, forKey: .encoding),
            text: try values.decodeIfPresent(Bool.self, forKey: .text) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(pooling, forKey: .pooling)
        try values.encodeIfPresent(windowTokens, forKey: .windowTokens)
        try values.encode(normalize, forKey: .normalize)
        try values.encode(encoding, forKey: .encoding)
        if text { try values.encode(text, forKey: .text) }
    }
}

extension GenerateOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case maxTokens, temperature, topK, topP, minP, repetitionPenalty, stop, samples, seed, logprobs
        case echo, topLogprobs
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            maxTokens: try values.decode(Int.self, forKey: .maxTokens),
            temperature: try values.decode(Double.self, forKey: .temperature),
            topK: try values.decode(Int.self, forKey: .topK),
            topP: try values.decode(Double.self, forKey: .topP),
            minP: try values.decode(Double.self, forKey: .minP),
            repetitionPenalty: try values.decode(Double.self, forKey: .repetitionPenalty),
            stop: try values.decode([String].self, forKey: .stop),
            samples: try values.decode(Int.self, forKey: .samples),
            seed: try values.decode(UInt64.self, forKey: .seed),
            logprobs: try values.decode(Bool.self, forKey: .logprobs),
            echo: try values.decodeIfPresent(Bool.self, forKey: .echo) ?? false,
            topLogprobs: try values.decodeIfPresent(Int.self, forKey: .topLogprobs) ?? 0)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(maxTokens, forKey: .maxTokens)
        try values.encode(temperature, forKey: .temperature)
        try values.encode(topK, forKey: .topK)
        try values.encode(topP, forKey: .topP)
        try values.encode(minP, forKey: .minP)
        try values.encode(repetitionPenalty, forKey: .repetitionPenalty)
        try values.encode(stop, forKey: .stop)
        try values.encode(samples, forKey: .samples)
        try values.encode(seed, forKey: .seed)
        try values.encode(logprobs, forKey: .logprobs)
        if echo { try values.encode(echo, forKey: .echo) }
        if topLogprobs != 0 { try values.encode(topLogprobs, forKey: .topLogprobs) }
    }
}

extension ScoreOptions: Codable {
    private enum CodingKeys: String, CodingKey { case per, windowTokens, logprobs }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            per: try values.decode(Unit.self, forKey: .per),
            windowTokens: try values.decodeIfPresent(Int.self, forKey: .windowTokens),
            logprobs: try values.decodeIfPresent(Bool.self, forKey: .logprobs) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(per, forKey: .per)
        try values.encodeIfPresent(windowTokens, forKey: .windowTokens)
        if logprobs { try values.encode(logprobs, forKey: .logprobs) }
    }
}
