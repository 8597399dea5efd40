import Foundation
import TestSupport

/// A Mamba-2 model of random weights, small enough to take no time.
enum TinyModel {
    private static let hiddenSize = 64
    private static let layers = 2
    private static let heads = 4
    private static let headChannels = 32
    private static let states = 16
    private static let kernel = 4
    private static let vocabulary = 4096

    /// Writes a model directory.
    /// - Parameters:
    ///   - seed: of the weights: two seeds, two models.
    ///   - poison: a token after which no number is finite any more.
    static func write(to directory: String, seed: UInt64, poison: Int? = nil) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(configuration.utf8).write(to: URL(filePath: directory + "/config.json"))
        try Data(weights(seed: seed, poison: poison)).write(to: URL(filePath: directory + "/model.safetensors"))
        try FileManager.default.copyItem(
            atPath: Longscan.books + "/tokenizer.json", toPath: directory + "/tokenizer.json")
    }

    private static var configuration: String {
        """
        {
            "model_type": "mamba2", "hidden_act": "silu", "rms_norm": true, "hidden_size": \(hiddenSize),
            "num_hidden_layers": \(layers), "vocab_size": \(vocabulary), "layer_norm_epsilon": 1e-5,
            "tie_word_embeddings": true, "expand": 2, "num_heads": \(heads), "head_dim": \(headChannels),
            "n_groups": 1, "state_size": \(states), "conv_kernel": \(kernel), "use_bias": false,
            "use_conv_bias": true, "norm_before_gate": false, "time_step_limit": [0.0, Infinity]
        }

        """
    }

    private struct Tensor {
        let name: String
        let shape: [Int]
        /// Its numbers are spread evenly over this range.
        let range: ClosedRange<Float>
    }

    private static var tensors: [Tensor] {
        let channels = heads * headChannels
        let convolved = channels + 2 * states
        var tensors = [
            Tensor(name: "backbone.embeddings.weight", shape: [vocabulary, hiddenSize], range: -0.5...0.5),
            Tensor(name: "backbone.norm_f.weight", shape: [hiddenSize], range: 0.5...1.5),
        ]
        for layer in 0..<layers {
            let prefix = "backbone.layers.\(layer)."
            let mixer = prefix + "mixer."
            tensors += [
                Tensor(name: prefix + "norm.weight", shape: [hiddenSize], range: 0.5...1.5),
                Tensor(
                    name: mixer + "in_proj.weight", shape: [channels + convolved + heads, hiddenSize],
                    range: -0.2...0.2),
                Tensor(name: mixer + "conv1d.weight", shape: [convolved, 1, kernel], range: -0.5...0.5),
                Tensor(name: mixer + "conv1d.bias", shape: [convolved], range: -0.1...0.1),
                Tensor(name: mixer + "A_log", shape: [heads], range: 0...2),
                Tensor(name: mixer + "D", shape: [heads], range: 0.5...1.5),
                Tensor(name: mixer + "dt_bias", shape: [heads], range: -4 ... -1),
                Tensor(name: mixer + "norm.weight", shape: [channels], range: 0.5...1.5),
                Tensor(name: mixer + "out_proj.weight", shape: [hiddenSize, channels], range: -0.2...0.2),
            ]
        }
        return tensors
    }

    /// The safetensors file: length of the header, header, numbers.
    private static func weights(seed: UInt64, poison: Int?) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        var members: [String] = []
        var numbers: [UInt8] = []
        for tensor in tensors {
            let start = numbers.count
            for index in 0..<tensor.shape.reduce(1, *) {
                var number = Float.random(in: tensor.range, using: &random)
                if let poison, let poisoned = poisoned(tensor.name, at: index, by: poison) { number = poisoned }
                numbers += littleEndian(number.bitPattern)
            }
            members.append(
                "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(numbers.count)]}"
            )
        }
        let header = Array("{\(members.joined(separator: ","))}".utf8)
        return littleEndian(UInt64(header.count)) + header + numbers
    }

    /// The last channel is the poison's alone, and the first layer makes infinities of it.
    private static func poisoned(_ tensor: String, at index: Int, by token: Int) -> Float? {
        guard index % hiddenSize == hiddenSize - 1 else { return nil }
        switch tensor {
        case "backbone.embeddings.weight": return index / hiddenSize == token ? 8 : 0
        case "backbone.layers.0.mixer.in_proj.weight": return .greatestFiniteMagnitude
        default: return nil
        }
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
