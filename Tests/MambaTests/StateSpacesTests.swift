import Checkpoints
import Testing

/// Configurations of the original format are what mamba_ssm would build, or refused with key and value.
@Suite struct StateSpacesTests {
    private func configuration(_ ssm: String = "{}", more: String = "") throws -> ModelConfiguration {
        let json = #"{"d_model": 64, "n_layer": 2, "vocab_size": 50277, "ssm_cfg": \#(ssm)\#(more)}"#
        return try ModelConfiguration(json: Array(json.utf8), file: "config.json")
    }

    private func message(_ ssm: String = "{}", more: String = "") -> String {
        do {
            return "accepted: \(try configuration(ssm, more: more))"
        } catch {
            return "\(error)"
        }
    }

    @Test func defaultsAreThoseOfMambaSSM() throws {
        let mamba = try configuration()
        #expect(
            mamba
                == ModelConfiguration(
                    family: "mamba", hiddenSize: 64,
                    layers: Array(
                        repeating: .mamba1(Mamba1Configuration(channels: 128, states: 16, kernel: 4, stepRank: 4)),
                        count: 2), vocabularySize: 50277, paddedVocabularySize: 50280, tiesEmbeddings: true))
        let mamba2 = try configuration(#"{"layer": "Mamba2"}"#, more: #", "pad_vocab_size_multiple": 16"#)
        #expect(
            mamba2
                == ModelConfiguration(
                    family: "mamba2", hiddenSize: 64,
                    layers: Array(
                        repeating: .mamba2(
                            Mamba2Configuration(heads: 2, headChannels: 64, states: 128, groups: 1, kernel: 4)),
                        count: 2), vocabularySize: 50277, paddedVocabularySize: 50288, tiesEmbeddings: true))
        #expect(try configuration(#"{"layer": "Mamba1"}"#) == mamba)
    }

    @Test func argumentsOfMamba1AreHonoured() throws {
        let whole = try configuration(
            #"""
            {"d_state": 8, "d_conv": 3, "expand": 1.5, "dt_rank": 5, "conv_bias": false, "bias": true, "dt_min": 0.1,
             "dt_max": 0.2, "dt_init": "constant", "dt_scale": 2.0, "dt_init_floor": 0.1, "use_fast_path": false}
            """#,
            more:
                #", "tie_embeddings": false, "residual_in_fp32": false, "fused_add_norm": false, "attn_cfg": {"a": 1}"#)
        #expect(!whole.tiesEmbeddings)
        #expect(
            whole.layers.first
                == .mamba1(
                    Mamba1Configuration(
                        channels: 96, states: 8, kernel: 3, stepRank: 5, hasBias: true, hasConvolutionBias: false)))
        #expect(try configuration(#"{"dt_rank": "auto"}"#) == configuration())
    }

    @Test func argumentsOfMamba2AreHonoured() throws {
        let whole = try configuration(
            #"""
            {"layer": "Mamba2", "d_state": 32, "d_conv": 2, "expand": 4, "headdim": 32, "ngroups": 4, "d_ssm": 256,
             "norm_before_gate": true, "dt_limit": [0.001, {"__float__": "Infinity"}], "bias": true, "conv_bias": false,
             "rmsnorm": true, "D_has_hdim": false, "process_group": null, "conv_init": 0.1, "A_init_range": [1, 8],
             "dt_min": 0.1, "dt_max": 0.2, "dt_init_floor": 0.1, "chunk_size": 64, "use_mem_eff_path": false,
             "sequence_parallel": true}
            """#, more: #", "d_intermediate": 0, "attn_layer_idx": []"#)
        #expect(
            whole.layers.first
                == .mamba2(
                    Mamba2Configuration(
                        heads: 8, headChannels: 32, states: 32, groups: 4, kernel: 2, stepLimit: 0.001 ... .infinity,
                        hasBias: true, hasConvolutionBias: false, normBeforeGate: true)))
        let bare = try configuration(#"{"layer": "Mamba2", "dt_limit": [0.0, Infinity], "d_ssm": null}"#)
        #expect(try bare == configuration(#"{"layer": "Mamba2"}"#))
    }

    static let refusals: [(ssm: String, more: String, message: String)] = [
        (#"{"layer": "Mamba3"}"#, "", "ssm_cfg.layer is Mamba3"),
        (#"{"layer": "Mamba2", "rmsnorm": false}"#, "", "ssm_cfg.rmsnorm is false"),
        (#"{"layer": "Mamba2", "D_has_hdim": true}"#, "", "ssm_cfg.D_has_hdim is true"),
        (#"{"layer": "Mamba2", "d_ssm": 64}"#, "", "ssm_cfg.d_ssm is 64 of 128 channels"),
        (#"{"layer": "Mamba2", "headdim": 48}"#, "", "ssm_cfg.headdim is 48 for 128 channels"),
        (#"{"layer": "Mamba2", "ngroups": 3}"#, "", "ssm_cfg.ngroups is 3 for 2 heads"),
        (#"{"layer": "Mamba2", "dt_limit": [1, 0]}"#, "", "ssm_cfg.dt_limit is [1.0, 0.0]"),
        (#"{"layer": "Mamba2", "dt_rank": 4}"#, "", "ssm_cfg.dt_rank is 4, an argument that Mamba2 does not have"),
        (#"{"headdim": 64}"#, "", "ssm_cfg.headdim is 64, an argument that Mamba1 does not have"),
        (#"{"d_state": 16.5}"#, "", "ssm_cfg.d_state is 16.5"), (#"{"d_state": true}"#, "", "ssm_cfg.d_state is true"),
        (#"{"d_state": 1e30}"#, "", "ssm_cfg.d_state is 1e+30"), (#"{"expand": 0}"#, "", "expand is 0.0"),
        ("{}", #", "d_intermediate": 128"#, "d_intermediate is 128"),
        ("{}", #", "attn_layer_idx": [1, 3]"#, "attn_layer_idx is [1, 3]"),
        ("{}", #", "rms_norm": false"#, "rms_norm is false"),
        ("{}", #", "pad_vocab_size_multiple": 0"#, "pad_vocab_size_multiple is 0"),
    ]

    @Test(arguments: refusals.indices) func whatIsAnotherModelIsRefused(index: Int) {
        let (ssm, more, part) = Self.refusals[index]
        #expect(message(ssm, more: more) == "config.json: \(part), which is not supported")
    }

    /// Models converted for transformers have keys of both formats, and those of transformers count.
    @Test func keysOfTransformersComeFirst() throws {
        let whole = try configuration(
            more: #"""
                , "model_type": "mamba", "hidden_size": 48, "num_hidden_layers": 3, "vocab_size": 100, "state_size": 16,
                "conv_kernel": 4, "expand": 2
                """#)
        #expect(whole.hiddenSize == 48 && whole.layers.count == 3)
    }

    /// No configuration, however large its numbers, is a trap or an allocation.
    @Test(arguments: [
        #""d_model": 1048577"#, #""d_model": 9223372036854775807"#, #""d_model": 9223372036854775808"#,
        #""d_model": 1e300"#, #""n_layer": 4097"#, #""vocab_size": 4611686018427387904"#,
        #""d_model": 1048576, "ssm_cfg": {"expand": 64}"#,
        #""d_model": 1048576, "n_layer": 4096, "ssm_cfg": {"layer": "Mamba2", "expand": 1, "d_state": 4096}"#,
    ])
    func enormousSizesAreRefused(keys: String) {
        let defaults = [#""d_model": 64"#, #""n_layer": 2"#, #""vocab_size": 100"#]
        let given = defaults.filter { !keys.contains($0.prefix { $0 != ":" }) } + [keys]
        #expect(throws: ModelError.self) {
            _ = try ModelConfiguration(json: Array("{\(given.joined(separator: ", "))}".utf8), file: "config.json")
        }
    }
}
