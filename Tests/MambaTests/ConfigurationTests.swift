import Checkpoints
import Testing

@Suite struct ConfigurationTests {
    private func configuration(_ json: String) throws -> ModelConfiguration {
        try ModelConfiguration(json: Array(json.utf8), file: "config.json")
    }

    private static let mamba = #"""
        "model_type": "mamba", "hidden_size": 40, "num_hidden_layers": 2, "vocab_size": 100, "expand": 2, "state_size": 16,
        "conv_kernel": 4
        """#
    private static let mamba2 = #"""
        "model_type": "mamba2", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 100, "expand": 2,
        "state_size": 16, "conv_kernel": 4, "num_heads": 8, "head_dim": 8, "n_groups": 2
        """#

    private func mamba1(_ more: String) throws -> Mamba1Configuration {
        guard case .mamba1(let sizes) = try configuration("{\(Self.mamba)\(more)}").layers.first else {
            throw ModelError.missingKey("mamba", file: "")
        }
        return sizes
    }

    private func mamba2(_ more: String) throws -> Mamba2Configuration {
        guard case .mamba2(let sizes) = try configuration("{\(Self.mamba2)\(more)}").layers.first else {
            throw ModelError.missingKey("mamba2", file: "")
        }
        return sizes
    }

    @Test func defaultsAreThoseOfTransformers() throws {
        let whole = try configuration("{\(Self.mamba)}")
        #expect(whole.tiesEmbeddings)
        #expect(whole.epsilon == 1e-5)
        #expect(!(try configuration("{\(Self.mamba2)}").tiesEmbeddings))
        #expect(try mamba1("") == Mamba1Configuration(channels: 80, states: 16, kernel: 4, stepRank: 3))
        #expect(
            try mamba2("") == Mamba2Configuration(heads: 8, headChannels: 8, states: 16, groups: 2, kernel: 4))
    }

    @Test func statedSizesComeBeforeDerivedOnes() throws {
        #expect(try mamba1(#", "intermediate_size": 48"#).channels == 48)
        #expect(try mamba1(#", "time_step_rank": "auto""#).stepRank == 3)
        #expect(try mamba1(#", "time_step_rank": 7"#).stepRank == 7)
    }

    @Test(arguments: [
        (#"[0.0, Infinity]"#, Float(0), Float.infinity), (#"[0.0, {"__float__": "Infinity"}]"#, 0, .infinity),
        (#"[0.001, 0.1]"#, 0.001, 0.1),
    ])
    func stepLimitsAreReadInEverySpelling(json: String, lowest: Float, highest: Float) throws {
        #expect(try mamba2(", \"time_step_limit\": \(json)").stepLimit == lowest...highest)
    }

    /// transformers gates before the norm whatever `norm_before_gate` says, and published models rely on it.
    @Test(arguments: ["true", "false"]) func theOrderOfGateAndNormIsThatOfTransformers(value: String) throws {
        #expect(!(try mamba2(", \"norm_before_gate\": \(value)").normBeforeGate))
    }

    @Test func whatIsNotUTF8IsRefused() {
        let error = ModelError.malformed(file: "f", reason: "it is no JSON: expected valid UTF-8 at byte 0")
        #expect(throws: error) {
            _ = try ModelConfiguration(json: Array(#"{"d_model": 64,"#.utf8) + [0xff, 0xff, 0x7d], file: "f")
        }
    }

    @Test func enormousSizesAreRefused() {
        let sizes = #"""
            {"model_type": "mamba2", "hidden_size": 1048576, "num_hidden_layers": 4096, "vocab_size": 1048576, "expand": 1,
             "state_size": 4096, "conv_kernel": 16, "num_heads": 1048576, "head_dim": 1, "n_groups": 1048576}
            """#
        #expect(throws: ModelError.self) { _ = try configuration(sizes) }
    }

    static let errors: [(json: String, message: String)] = [
        ("{\(mamba)".replacing("\"hidden_size\": 40,", with: "") + "}", "config.json: hidden_size is missing"),
        ("{}", "config.json: model_type is missing"),
        (
            "{\(mamba)".replacing("\"mamba\"", with: "\"llama\"") + "}",
            "config.json: model_type is llama, which is not supported"
        ),
        (
            #"{"model_type": "gpt_neox", "hidden_act": "gelu"}"#,
            "config.json: model_type is gpt_neox, which is not supported"
        ),
        ("{\(mamba), \"hidden_act\": \"gelu\"}", "config.json: hidden_act is gelu, which is not supported"),
        ("{\(mamba), \"rms_norm\": false}", "config.json: rms_norm is false, which is not supported"),
        (
            "{\(mamba)".replacing("\"conv_kernel\": 4", with: "\"conv_kernel\": 17") + "}",
            "config.json: conv_kernel is 17, which is not supported"
        ),
        (
            "{\(mamba)".replacing("\"vocab_size\": 100", with: "\"vocab_size\": -1") + "}",
            "config.json: vocab_size is -1, which is not supported"
        ),
        (
            "{\(mamba2)".replacing("\"n_groups\": 2", with: "\"n_groups\": 3") + "}",
            "config.json: n_groups is 3 for 8 heads, which is not supported"
        ),
        (
            "{\(mamba2)".replacing("\"head_dim\": 8", with: "\"head_dim\": 9") + "}",
            "config.json: num_heads is 8, and head_dim 9, but the inner size is another, which is not supported"
        ),
        (
            "{\(mamba2), \"time_step_limit\": [1, 0]}",
            "config.json: time_step_limit is [1.0, 0.0], which is not supported"
        ),
    ]

    @Test(arguments: errors.indices)
    func errorsNameFileAndKey(index: Int) {
        let (json, message) = Self.errors[index]
        do {
            _ = try configuration(json)
            Issue.record("no error for \(json)")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test(arguments: [#"{"model_type": "mamba", "hidden_size": "big"}"#, "{", "[]"])
    func wrongTypesAreRefused(json: String) {
        #expect(throws: ModelError.self) { _ = try configuration(json) }
    }

    @Test func aWrongTypeNamesItsKey() {
        do {
            _ = try configuration(#"{"model_type": "mamba", "hidden_size": "big"}"#)
            Issue.record("no error")
        } catch {
            #expect("\(error)".hasPrefix("reading config.json: hidden_size: "))
        }
    }
}
